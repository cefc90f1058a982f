package wallaroo

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// saying is an API without a network that always gives the same answer.
type saying struct {
	status int
	header http.Header
	body   string
}

func (s *saying) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: s.status, Header: s.header, Body: io.NopCloser(strings.NewReader(s.body)), Request: r}, nil
}

// client returns a client of that API.
func (s *saying) client() *Client {
	return New(Options{Origin: &url.URL{Scheme: "https", Host: "api.example.com"}, Transport: s, Timeout: time.Minute, ListTimeout: time.Minute})
}

// FuzzUserByID checks that the answer for one id gives that account and no other, decoded as in the list.
func FuzzUserByID(f *testing.F) {
	for _, body := range []string{
		`{"users":{"a":{"email":"x","access":{"view":true},"federatedIdentities":[{"identityProvider":"google","userId":"1"},7]}}}`,
		`{"users":{"b":{"email":"x"}}}`, `{"users":{"a":null}}`, `{"users":{"a":[]}}`, `{"users":{"a":"{}"}}`, `{"users":null}`, `{"users":{}}`, `{}`, `[`, "\xff",
		`{"users":{"a":{"email":"x"},"a":{"email":"y"}}}`, `{"users":{"a":{"email":"x"},"a":null}}`, `{"users":{"\u0061":{"email":"x","email":"y"}}}`,
		`{"users":{"a":{"createdTimestamp":1e999,"lastLogin":null,"requiredActions":["A",{}]}}} `, `{"users":{"a":{"email":"x"}}}{}`, `{"Users":{"a":{"email":"x"}}}`,
		`{"users":{"a":{"enabled":true}}}`, `{"users":{"a":{"enabled":false}}}`, `{"users":{"a":{"enabled":null}}}`, `{"users":{"a":{"enabled":"false"}}}`, `{"users":{"a":{"enabled":true,"enabled":null}}}`,
	} {
		f.Add(body, "a")
	}
	f.Add(`{"users":{"\ufffd":{"email":"x"}}}`, "\xff")
	f.Add(`{"users":{"":{"email":"x"}}}`, "")
	api := &saying{status: http.StatusOK}
	c := api.client()
	f.Fuzz(func(t *testing.T, body, id string) {
		api.body = body
		u, raw, found, err := c.UserByID(t.Context(), "t", id)
		if !utf8.ValidString(id) {
			if found || err != nil {
				t.Errorf("%q is nobody's, and gives %+v, %v", id, u, err)
			}
			return
		}
		if err != nil && !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: %v", body, err)
		}
		if !found || err != nil {
			if found || !reflect.DeepEqual(u, User{}) {
				t.Errorf("%q has nobody, and gives %+v, %s, %v", body, u, raw, err)
			}
			return
		}
		if u.ID != id || !json.Valid(raw) || raw[0] != '{' || !strings.Contains(body, string(raw)) {
			t.Errorf("%q gives %+v, told as %s", body, u, raw)
		}
		listed := User{}
		err = decodeUsers(strings.NewReader(body), func(one User) {
			if one.ID == id {
				listed = one // the last wins
			}
		})
		if err != nil || !reflect.DeepEqual(u, listed) {
			t.Errorf("%q gives %+v, in a list %+v, %v", body, u, listed, err)
		}
		var other map[string]any
		if json.Unmarshal(raw, &other) != nil {
			return // a number that is no float64
		}
		email, _ := other["email"].(string)
		enabled := Unknown
		if known, ok := other["enabled"].(bool); ok {
			enabled = BoolOf(known)
		}
		if u.Email != email || u.Enabled != enabled {
			t.Errorf("%s gives %+v, another decoder has %v", raw, u, other)
		}
	})
}

// FuzzInvitation checks that an invitation's answer gives exactly the id and the password that another decoder reads,
// or an error and neither: a password is shown once, so a truncated one would lock somebody out.
func FuzzInvitation(f *testing.F) {
	for _, body := range []string{
		`{"id":"u9","password":"kT7"}`, `{"id":"u9"}`, `{}`, `null`, `[]`, ``, `{"id":"u9","password":5}`, `{"password":"kT7","id":5}`,
		`{"password":"a","password":"b"}`, `{"Password":"x"}`, `{"password":"\ud83d"}`, "{\"password\":\"\xff\"}", `{"password":"\u00e9\n"}`,
		`{"password":"kT7","more":{"a":[1e999]}} `, `{"password":"kT7"}{}`, `{"password":"kT7"`, `<html>`,
	} {
		f.Add(body)
	}
	api := &saying{status: http.StatusOK}
	c := NewWriter(api.client())
	f.Fuzz(func(t *testing.T, body string) {
		api.body = body
		got, err := c.Invite(t.Context(), "t", "jo@example.com", "")
		if err != nil {
			if got != (Invitation{}) || !errors.Is(err, ErrMalformed) || !InDoubt(err) {
				t.Errorf("%q gives %+v beside %v", body, got, err)
			}
			return
		}
		var other map[string]json.RawMessage
		if err := json.Unmarshal([]byte(body), &other); err != nil {
			t.Fatalf("%q passes, and another decoder says: %v", body, err)
		}
		for name, got := range map[string]string{"id": got.ID, "password": got.Password} {
			want := ""
			if told, found := other[name]; found && json.Unmarshal(told, &want) != nil || got != want {
				t.Errorf("%q gives the %s %q, another decoder has %s", body, name, got, told)
			}
		}
	})
}
