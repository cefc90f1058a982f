package wallaroo

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// saying is an API that gives one answer, without a network.
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

// client gives a client of that API.
func (s *saying) client() *Client {
	return New(Options{Origin: &url.URL{Scheme: "https", Host: "api.example.com"}, Transport: s, Timeout: time.Minute, ListTimeout: time.Minute})
}

// FuzzUserByID holds that the answer for one id gives the account of that id and no other, whole, as the list's decoder
// reads the same text.
func FuzzUserByID(f *testing.F) {
	for _, body := range []string{
		`{"users":{"a":{"email":"x","access":{"view":true},"federatedIdentities":[{"identityProvider":"google","userId":"1"},7]}}}`,
		`{"users":{"b":{"email":"x"}}}`, `{"users":{"a":null}}`, `{"users":{"a":[]}}`, `{"users":{"a":"{}"}}`, `{"users":null}`, `{"users":{}}`, `{}`, `[`, "\xff",
		`{"users":{"a":{"email":"x"},"a":{"email":"y"}}}`, `{"users":{"a":{"email":"x"},"a":null}}`, `{"users":{"\u0061":{"email":"x","email":"y"}}}`,
		`{"users":{"a":{"createdTimestamp":1e999,"lastLogin":null,"requiredActions":["A",{}]}}} `, `{"users":{"a":{"email":"x"}}}{}`, `{"Users":{"a":{"email":"x"}}}`,
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
		enabled, _ := other["enabled"].(bool)
		if u.Email != email || u.Enabled != enabled {
			t.Errorf("%s gives %+v, another decoder has %v", raw, u, other)
		}
	})
}

// FuzzInvitation holds that an invitation's answer gives the id and the password that another decoder sees, to the
// letter, or an error and neither: a password is shown once, so half of one would lock somebody out.
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

// FuzzRetryAfter holds that the pause an API asks for is one of 0 to 60 minutes in whole seconds, and as long as asked
// within that, in seconds as in a date.
func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{
		"", "0", "7", "-1", "+7", "3600", "3601", "9223372036854775807", "99999999999999999999", "-99999999999999999999", "1e3", "0x10", "7.5", "soon",
		"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT",
	} {
		f.Add(s, int64(90))
	}
	for _, ahead := range []int64{0, -1, 3600, 3700, 1 << 40, -1 << 62, 1<<63 - 1} {
		f.Add("", ahead)
	}
	pause := func(text string) time.Duration { return retryAfter(http.Header{"Retry-After": {text}}) }
	f.Fuzz(func(t *testing.T, text string, ahead int64) {
		got := pause(text)
		if got < 0 || got > time.Hour || got%time.Second != 0 {
			t.Errorf("%q gives %v", text, got)
		}
		if digits := strings.Trim(text, "0123456789"); digits == "" && text != "" {
			want := time.Hour
			if n, err := strconv.ParseUint(text, 10, 64); err == nil && n < 3600 {
				want = time.Duration(n) * time.Second
			}
			if got != want {
				t.Errorf("%q gives %v, want %v", text, got, want)
			}
		}
		ahead %= 1 << 32 // what a date of four digits can say
		date := time.Now().Add(time.Duration(ahead) * time.Second).UTC().Format(http.TimeFormat)
		want := time.Duration(min(max(ahead, 0), 3600)) * time.Second
		if got := pause(date); got > want || got < want-2*time.Second {
			t.Errorf("%s, in %d s, gives %v", date, ahead, got)
		}
	})
}
