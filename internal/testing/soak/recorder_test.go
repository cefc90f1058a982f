package soak

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// ask sends a form or JSON through the recorder, and returns the answer's body.
func ask(t *testing.T, h http.Handler, path, bearer, body string) string {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+bearer)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Body.String()
}

// tokenOf returns an access token without a signature: the recorder doesn't check.
func tokenOf(subject string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"`+subject+`"}`)) + ".x"
}

func TestTheRecorderRemembersWhoAskedForWhat(t *testing.T) {
	w := newRecorder()
	h := w.watch(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || len(body) == 0 {
			t.Errorf("nothing is passed on: %v", err)
		}
		if strings.HasSuffix(r.URL.Path, "/deactivate") {
			rw.WriteHeader(http.StatusTeapot)
		}
		_, _ = io.WriteString(rw, "answer about "+markedName)
	}))
	if said := ask(t, h, "/v1/api/users/deactivate", tokenOf("ada"), `{"email":"jo@example.com"}`); said != "answer about "+markedName {
		t.Errorf("a change is answered with %q", said)
	}
	if said := ask(t, h, "/v1/api/users/query", tokenOf("bob"), `{}`); said != "answer about "+markPrefix+"bob" {
		t.Errorf("a list is not marked as bob's: %q", said)
	}
	if len(w.calls) != 1 {
		t.Fatalf("calls: %+v", w.calls)
	}
	c := w.calls[0]
	if c.subject != "ada" || c.action != "deactivate" || c.target != "jo@example.com" || c.status != http.StatusTeapot || c.at.IsZero() || w.running != 0 || w.lists != 1 {
		t.Errorf("%+v, %d running, %d lists", c, w.running, w.lists)
	}
}

func TestTheRecorderFollowsASessionOverItsRefreshTokens(t *testing.T) {
	w := newRecorder()
	answers := []string{`{"access_token":"a1","refresh_token":"r1"}`, `{"access_token":"a2","refresh_token":"r2"}`, `{"access_token":"a3","refresh_token":"r3"}`, `{}`}
	h := w.watch(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(rw, answers[0])
		answers = answers[1:]
	}))
	for _, form := range []string{"code=c1", "refresh_token=r1", "refresh_token=r2", "refresh_token=r1"} {
		ask(t, h, "/auth/realms/master/protocol/openid-connect/token", "", form)
	}
	if len(w.renewals) != 3 {
		t.Fatalf("%d renewals", len(w.renewals))
	}
	for i, r := range w.renewals {
		if r.session != "c1" || r.status != http.StatusOK {
			t.Errorf("renewal %d is of session %q, %d", i, r.session, r.status)
		}
	}
	if w.renewals[0].token != w.renewals[2].token || w.renewals[0].token == w.renewals[1].token {
		t.Error("tokens are taken for each other")
	}
}
