// Package emails decides which email addresses are the same.
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
	key := strings.ToLower(strings.TrimSpace(address))
	local, domain, international := split(key)
	if !international {
		return key
	}
	if ascii, ok := convert((*idna.Profile).ToASCII, domain); ok {
		return local + ascii
	}
	return key
}

// Same reports whether two addresses are the same.
func Same(a, b string) bool { return a == b || Key(a) == Key(b) }

// Variants returns the ways to write an address with an internationalized domain, in
// ASCII and in Unicode, in lower case; nil for any other address.
func Variants(address string) []string {
	key := Key(address)
	local, domain, international := split(key)
	if !international {
		return nil
	}
	unicode, ok := convert((*idna.Profile).ToUnicode, domain)
	if !ok {
		return nil
	}
	return []string{key, local + unicode}
}

// Domain returns the domain of an address in Unicode and in lower case; "" without
// one. It is the same for addresses with the same key. A domain by itself is passed
// as "@example.com".
func Domain(address string) string {
	_, domain, international := split(Key(address))
	if international {
		if unicode, ok := convert((*idna.Profile).ToUnicode, domain); ok {
			return unicode
		}
	}
	return domain
}

// split returns an address up to its last "@" and its domain. international is true
// if the domain may have another spelling.
func split(address string) (local, domain string, international bool) {
	at := strings.LastIndexByte(address, '@') + 1
	if at == 0 {
		return address, "", false
	}
	local, domain = address[:at], address[at:]
	international = strings.Contains(domain, "xn--")
	for i := 0; !international && i < len(domain); i++ {
		international = domain[i] >= utf8.RuneSelf
	}
	return local, domain, international
}

// convert applies the lookup rules of UTS 46 (non-transitional, as browsers do) to a
// domain.
func convert(to func(*idna.Profile, string) (string, error), domain string) (string, bool) {
	rules := idna.New(idna.MapForLookup(), idna.CheckHyphens(false), idna.Transitional(false))
	converted, err := to(rules, domain)
	return converted, err == nil
}
