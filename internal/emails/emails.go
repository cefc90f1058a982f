// Package emails decides what is an email address, which are the same, and which is
// meant by a pasted text.
package emails

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Key returns an address for comparison: two addresses are the same if their keys
// are equal. Case and surrounding white space don't count, as in Keycloak, which
// lower-cases emails. An internationalized domain has the same key in Unicode
// (U-labels) and in ASCII (A-labels, "xn--…"; RFC 5890, section 2.3.2.1), which a
// browser makes of it. A domain that IDNA does not allow is compared as it is. Key is
// idempotent, and text without "@", such as a username, is an address without a
// domain.
func Key(address string) string {
	key, domain, international := parse(address)
	if !international {
		return key
	}
	if ascii, ok := convert((*idna.Profile).ToASCII, domain); ok {
		return strings.TrimSuffix(key, domain) + ascii
	}
	return key
}

// Same reports whether two addresses are the same.
func Same(a, b string) bool { return a == b || Key(a) == Key(b) }

// Variants returns the ways to write an address with an internationalized domain, in
// ASCII and in Unicode, in lower case; nil for any other address.
func Variants(address string) []string {
	if _, _, international := parse(address); !international {
		return nil
	}
	key, domain, _ := parse(Key(address))
	unicode, ok := convert((*idna.Profile).ToUnicode, domain)
	if !ok {
		return nil
	}
	return []string{key, strings.TrimSuffix(key, domain) + unicode}
}

// Domain returns the domain of an address in Unicode and in lower case; "" without
// one. It is the same for addresses with the same key. A domain by itself is passed
// as "@example.com".
func Domain(address string) string {
	_, domain, international := parse(address)
	if !international {
		return domain
	}
	_, domain, _ = parse(Key(address))
	if unicode, ok := convert((*idna.Profile).ToUnicode, domain); ok {
		return unicode
	}
	return domain
}

// parse returns an address without regard to case, and the domain after its last
// "@". international is true if the domain may have another spelling.
func parse(address string) (key, domain string, international bool) {
	key = strings.ToLower(strings.TrimSpace(address))
	at := strings.LastIndexByte(key, '@')
	if at < 0 {
		return key, "", false
	}
	domain = key[at+1:]
	international = strings.Contains(domain, "xn--")
	for i := 0; !international && i < len(domain); i++ {
		international = domain[i] >= utf8.RuneSelf
	}
	return key, domain, international
}

// convert applies the lookup rules of UTS 46 (non-transitional, as browsers do) to a
// domain.
func convert(to func(*idna.Profile, string) (string, error), domain string) (string, bool) {
	rules := idna.New(idna.MapForLookup(), idna.CheckHyphens(false), idna.Transitional(false))
	converted, err := to(rules, domain)
	return converted, err == nil
}
