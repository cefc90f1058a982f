package auth

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// skew is how far the provider's clock may be from ours.
const skew = 10 * time.Second

// maxSubject is how long a provider's name for somebody may be (OpenID Connect Core 1.0, section 2).
const maxSubject = 255

// claims is the payload of a token whose signature has been verified. Names are matched with case and may not repeat.
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

// text returns a claim that is text, "" where it is missing or something else.
func (c claims) text(name string) string {
	s, _ := c[name].(string)
	return s
}

// moment returns a NumericDate, RFC 7519 section 2. ok is false where it is missing; a wrong type or an absurd value is
// an error.
func (c claims) moment(name string) (t time.Time, ok bool, err error) {
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

// audience returns aud, which is one text or a list of them.
func (c claims) audience() ([]string, error) {
	switch v := c["aud"].(type) {
	case string:
		return []string{v}, nil
	case []any:
		return texts(v)
	}
	return nil, errors.New("claim aud is missing or no text")
}

func texts(list []any) ([]string, error) {
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

// checkTimes holds exp, iat and nbf against the clock. exp must be there; iat must be there where needIssued.
func (c claims) checkTimes(now time.Time, needIssued bool) (expires time.Time, err error) {
	expires, ok, err := c.moment("exp")
	if err != nil || !ok {
		return expires, errors.Join(errors.New("no exp"), err)
	}
	if !now.Before(expires.Add(skew)) {
		return expires, fmt.Errorf("expired at %s", expires.UTC().Format(time.RFC3339))
	}
	issued, ok, err := c.moment("iat")
	if err != nil || (!ok && needIssued) {
		return expires, errors.Join(errors.New("no iat"), err)
	}
	if issued.After(now.Add(skew)) {
		return expires, errors.New("iat is in the future")
	}
	begins, _, err := c.moment("nbf")
	if err != nil {
		return expires, err
	}
	if begins.After(now.Add(skew)) {
		return expires, errors.New("nbf is in the future")
	}
	return expires, nil
}

// checkParties holds iss, aud and azp to exactly us and our provider. OpenID Connect Core 3.1.3.7 (2) to (5): an
// audience that we don't know is a reason to refuse, and we know none but ourselves.
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

// roles returns the list at a dotted path, and nothing where the claim is anything but a list of texts. A name may hold
// dots itself ("resource_access.my.client.roles"), so every way to cut the path is tried.
func (c claims) roles(path string) []string {
	list, ok := lookup(c, path).([]any)
	if !ok {
		return nil
	}
	roles, err := texts(list)
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

// isType reports whether a token's type, by header or by claim, is one of those wanted. Types compare without case and
// without the "application/" that RFC 7515 section 4.1.9 lets senders leave out; a missing type says nothing.
func isType(typ string, wanted ...string) bool {
	typ = strings.TrimPrefix(strings.ToLower(typ), "application/")
	return typ == "" || slices.Contains(wanted, typ)
}
