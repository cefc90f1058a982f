package auth

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// maxSubject is the maximum length of sub, in characters (OpenID Connect Core 1.0 section 2).
const maxSubject = 255

// claims is the payload of a token whose signature has been verified. Names are case-sensitive and must be unique.
type claims map[string]any

func parseClaims(payload []byte) (claims, error) {
	var c claims
	if err := json.Unmarshal(payload, &c); err != nil {
		return nil, fmt.Errorf("claims: %w", err)
	}
	if c == nil {
		return nil, errors.New("claims: not an object")
	}
	return c, nil
}

// text returns a string claim, or "" if it is missing or not a string.
func (c claims) text(name string) string {
	s, _ := c[name].(string)
	return s
}

// numericDate returns a NumericDate claim (RFC 7519 section 2). ok is false if it is missing; a wrong type or a value
// out of range (0 to 1e11 seconds) is an error.
func (c claims) numericDate(name string) (t time.Time, ok bool, err error) {
	v, present := c[name]
	if !present {
		return time.Time{}, false, nil
	}
	seconds, isNumber := v.(float64)
	if !isNumber || seconds < 0 || seconds > 1e11 {
		return time.Time{}, false, fmt.Errorf("claim %s is no time", name)
	}
	return time.UnixMilli(int64(seconds * 1000)), true, nil
}

// audience returns aud, which is a string or a list of strings (RFC 7519 section 4.1.3).
func (c claims) audience() ([]string, error) {
	switch v := c["aud"].(type) {
	case string:
		return []string{v}, nil
	case []any:
		return stringList(v)
	}
	return nil, errors.New("claim aud is missing or no text")
}

func stringList(list []any) ([]string, error) {
	out := make([]string, 0, len(list))
	for _, v := range list {
		s, ok := v.(string)
		if !ok {
			return nil, errors.New("not a list of texts")
		}
		out = append(out, s)
	}
	return out, nil
}

// checkTimes checks exp, iat and nbf against now, within skew, and returns exp. exp is required; iat is required if
// needIssued.
func (c claims) checkTimes(now time.Time, needIssued bool) (expires time.Time, err error) {
	expires, ok, err := c.numericDate("exp")
	if err != nil || !ok {
		return expires, errors.Join(errors.New("no exp"), err)
	}
	if !now.Before(expires.Add(skew)) {
		return expires, fmt.Errorf("expired at %s", expires.UTC().Format(time.RFC3339))
	}
	issued, ok, err := c.numericDate("iat")
	if err != nil || (!ok && needIssued) {
		return expires, errors.Join(errors.New("no iat"), err)
	}
	if issued.After(now.Add(skew)) {
		return expires, errors.New("iat is in the future")
	}
	begins, _, err := c.numericDate("nbf")
	if err != nil {
		return expires, err
	}
	if begins.After(now.Add(skew)) {
		return expires, errors.New("nbf is in the future")
	}
	return expires, nil
}

// checkParties requires iss to be issuer, and aud and azp to be clientID alone (OpenID Connect Core 1.0 section 3.1.3.7,
// steps 2 to 5: a token with an untrusted audience must be rejected, and we trust no other).
func (c claims) checkParties(issuer, clientID string) error {
	if c.text("iss") != issuer {
		return errors.New("iss is another issuer")
	}
	aud, err := c.audience()
	if err != nil {
		return err
	}
	if !slices.Contains(aud, clientID) {
		return errors.New("aud lacks our client")
	}
	if slices.ContainsFunc(aud, func(a string) bool { return a != clientID }) {
		return errors.New("aud has audiences that we don't know")
	}
	if azp, present := c["azp"]; present && azp != clientID {
		return errors.New("azp is another client")
	}
	return nil
}

// roles returns the list of strings at a dotted path, or nil if the claim is anything else. A name may contain dots
// itself ("resource_access.my.client.roles"), so every way to split the path is tried.
func (c claims) roles(path string) []string {
	list, ok := lookup(c, path).([]any)
	if !ok {
		return nil
	}
	roles, err := stringList(list)
	if err != nil {
		return nil
	}
	return roles
}

func lookup(m map[string]any, path string) any {
	if v, ok := m[path]; ok {
		return v
	}
	for i := range path {
		if path[i] != '.' {
			continue
		}
		if inner, ok := m[path[:i]].(map[string]any); ok {
			if v := lookup(inner, path[i+1:]); v != nil {
				return v
			}
		}
	}
	return nil
}

// isType reports whether a token's type, from the typ header or claim, is one of wanted (in lower case) or missing.
// Case and the prefix "application/", which is optional by RFC 7515 section 4.1.9, are ignored.
func isType(typ string, wanted ...string) bool {
	typ = strings.TrimPrefix(strings.ToLower(typ), "application/")
	return typ == "" || slices.Contains(wanted, typ)
}
