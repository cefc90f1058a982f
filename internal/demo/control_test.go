package demo_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"wallaroo-user-admin/internal/demo"
)

// tokenFrom asks a handler's control for an administrator's access token.
func tokenFrom(tb testing.TB, h http.Handler) string {
	tb.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(tb.Context(), http.MethodPost, "/control/token", nil))
	var out struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(w.Body).Decode(&out); err != nil {
		tb.Fatal(err)
	}
	return out.AccessToken
}

func TestFaultsInTheAnswersBody(t *testing.T) {
	for _, c := range []struct {
		body   string
		status int
		check  func(body string) bool
	}{
		{"html", 200, func(s string) bool { return strings.HasPrefix(s, "<html>") }},
		{"truncated", 200, func(s string) bool { return strings.HasPrefix(s, `{"users":{"`) && !json.Valid([]byte(s)) }},
		{"empty", 200, func(s string) bool { return s == "" }},
		{"null-users", 200, func(s string) bool { return s == `{"users": null}` }},
		{"unknown-types", 200, func(s string) bool { return json.Valid([]byte(s)) && strings.Contains(s, `"enabled": "yes"`) }},
		{"raw", 200, func(s string) bool { return s == "as it is" }},
	} {
		t.Run(c.body, func(t *testing.T) {
			w := start(t)
			token := w.token(demo.AdminEmail)
			fault := map[string]any{"endpoint": "query-list", "body": c.body, "times": 1, "headers": map[string]string{"X-Fault": "yes"}}
			if c.body == "raw" {
				fault["raw"] = "as it is"
			}
			w.control(http.MethodPost, "faults", encode(t, fault), nil)
			status, body := w.post(query, token, "{}")
			if status != c.status || !c.check(body) {
				t.Errorf("%d %.300s", status, body)
			}
			w.users(token, "{}") // once only
		})
	}
}

func TestFaultsOfStatus(t *testing.T) {
	w := start(t)
	token := w.token(demo.AdminEmail)
	w.control(http.MethodPost, "faults", `{"endpoint":"query","status":500,"times":1}`, nil)
	status, body := w.post(query, token, "{}")
	refusedWith(t, status, body, http.StatusInternalServerError, "Internal Server Error")

	w.control(http.MethodPost, "faults", `{"endpoint":"*","status":502,"body":"html","headers":{"Retry-After":"7"}}`, nil)
	if status, body := w.post(query, token, "{}"); status != http.StatusBadGateway || !strings.Contains(body, "502 Bad Gateway") {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := w.send(http.MethodGet, "/auth/realms/master/protocol/openid-connect/certs", "", ""); status != http.StatusBadGateway {
		t.Errorf("certs answers %d", status)
	}
	var faults []map[string]any
	w.control(http.MethodGet, "faults", "", &faults)
	if len(faults) != 2 {
		t.Errorf("faults %v", faults)
	}
	w.control(http.MethodDelete, "faults", "", nil)
	w.users(token, "{}")
}

func TestAFaultConcernsOneEndpoint(t *testing.T) {
	w := start(t)
	token := w.token(demo.AdminEmail)
	byID := `{"user_ids":["` + demo.AdminID + `"]}`
	w.control(http.MethodPost, "faults", `{"endpoint":"query-by-id","status":503}`, nil)
	if status, _ := w.post(query, token, byID); status != http.StatusServiceUnavailable {
		t.Errorf("by id answers %d", status)
	}
	w.users(token, "{}")

	w.control(http.MethodDelete, "faults", "", nil)
	w.control(http.MethodPost, "faults", `{"endpoint":"token","status":503}`, nil)
	w.users(token, byID)
	p := w.party()
	b := p.browser()
	begin, _ := p.authURL()
	at := b.submit(b.open(begin), "username", demo.AdminEmail, "password", demo.Password)
	_, err := p.oauth.Exchange(p.ctx, at.location.Query().Get("code"))
	if refused := (*oauth2.RetrieveError)(nil); !errors.As(err, &refused) || refused.Response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("token: %v", err)
	}
}

func TestAChangeThatIsDoneAndThenFails(t *testing.T) {
	for _, c := range []struct{ name, fault string }{
		{"with a status", `{"endpoint":"invite","after":"act","status":500}`},
		{"with a reset", `{"endpoint":"invite","after":"act","body":"reset"}`},
		{"with a time-out", `{"endpoint":"invite","after":"act","latency":"1h"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := start(t)
			token := w.token(demo.AdminEmail)
			w.control(http.MethodPost, "faults", c.fault, nil)
			client := &http.Client{Transport: w.api.Transport, Timeout: 300 * time.Millisecond}
			r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, w.origin+invite, strings.NewReader(`{"email":"done@example.com"}`))
			r.Header.Set("Authorization", "Bearer "+token)
			answer, err := client.Do(r)
			if err == nil {
				defer func() { _ = answer.Body.Close() }()
				if answer.StatusCode != http.StatusInternalServerError {
					t.Errorf("answers %d", answer.StatusCode)
				}
			}
			w.id("done@example.com")
		})
	}
}

func TestLatency(t *testing.T) {
	w := start(t)
	token := w.token(demo.AdminEmail)
	w.control(http.MethodPost, "faults", `{"endpoint":"query","latency":"150ms","times":1}`, nil)
	begin := time.Now()
	w.users(token, "{}")
	if took := time.Since(begin); took < 150*time.Millisecond {
		t.Errorf("took %s", took)
	}
}

func TestAReset(t *testing.T) {
	w := start(t)
	token := w.token(demo.AdminEmail)
	w.control(http.MethodPost, "faults", `{"endpoint":"query","body":"reset"}`, nil)
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, w.origin+query, strings.NewReader("{}"))
	r.Header.Set("Authorization", "Bearer "+token)
	if answer, err := w.api.Do(r); err == nil {
		_ = answer.Body.Close()
		t.Errorf("answers %d", answer.StatusCode)
	}
}

func TestADrip(t *testing.T) {
	w := start(t)
	token := w.token(demo.AdminEmail)
	w.control(http.MethodPost, "faults", `{"endpoint":"query-by-id","body":"drip","latency":"1ms"}`, nil)
	if got := w.users(token, `{"user_ids":["a"]}`); len(got) != 1 { // whole in the end
		t.Errorf("%v", got)
	}
	w.control(http.MethodDelete, "faults", "", nil)
	w.control(http.MethodPost, "faults", `{"endpoint":"query","body":"drip"}`, nil)
	ctx, giveUp := context.WithCancel(t.Context())
	defer giveUp()
	r, _ := http.NewRequestWithContext(ctx, http.MethodPost, w.origin+query, strings.NewReader("{}"))
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := w.api.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	// Header and first byte come at once, and the whole would take minutes.
	if n, err := answer.Body.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(400*time.Millisecond, giveUp)
	if _, err := io.ReadAll(answer.Body); !errors.Is(err, context.Canceled) {
		t.Errorf("the rest came at once, too: %v", err)
	}
}

func TestAHugeBodyIsStreamed(t *testing.T) {
	w := start(t)
	token := w.token(demo.AdminEmail)
	w.control(http.MethodPost, "faults", `{"endpoint":"query","body":"huge"}`, nil)
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, w.origin+query, strings.NewReader("{}"))
	r.Header.Set("Authorization", "Bearer "+token)

	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	answer, err := w.api.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	n, err := io.Copy(io.Discard, answer.Body)
	runtime.ReadMemStats(&after)
	if err != nil || n <= 256<<20 {
		t.Errorf("%d bytes, %v", n, err)
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 64<<20 {
		t.Errorf("allocated %d bytes on the way", allocated)
	}
}

func TestFaultsAndControlsThatMakeNoSense(t *testing.T) {
	w := start(t)
	for _, c := range []struct{ path, body string }{
		{"faults", `{"endpoint":"nothing","status":500}`},
		{"faults", `{"endpoint":"query","body":"odd"}`},
		{"faults", `{"endpoint":"query","status":42}`},
		{"faults", `{"endpoint":"query","latency":"soon"}`},
		{"faults", `{"endpoint":"query","times":-1}`},
		{"faults", `{"endpoint":"query","raw":"x"}`},
		{"faults", `{"endpoint":"token","body":"callback-error"}`},
		{"faults", `{"endpoint":"invite","after":"lunch"}`},
		{"faults", `{"endpont":"query"}`},
		{"reset", `{"users":100001}`},
		{"reset", `{"tokenTTL":"1ms"}`},
		{"users", `{"user":"nobody@example.com","enabled":false}`},
		{"users", `{"add":true}`},
		{"users", `{"add":true,"email":"admin@example.com"}`},
		{"users", `{"user":"user@example.com","username":"admin@example.com"}`},
		{"token", `{"user":"nobody@example.com"}`},
		{"end-session", `{}`},
	} {
		if status, body := w.post("/control/"+c.path, "", c.body); status != http.StatusBadRequest || !strings.Contains(body, "error") {
			t.Errorf("%s %s answers %d %s", c.path, c.body, status, body)
		}
	}
}

func TestAForeignPageCannotUseTheControls(t *testing.T) {
	w := start(t)
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, w.origin+"/control/reset", strings.NewReader("{}"))
	r.Header.Set("Origin", "https://evil.example")
	answer, err := w.api.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("answers %d", answer.StatusCode)
	}
}

func TestASignInThatTheProviderRefuses(t *testing.T) {
	p := start(t).party()
	p.control(http.MethodPost, "faults", `{"endpoint":"auth","body":"callback-error","times":1}`, nil)
	begin, _ := p.authURL()
	at := p.browser().open(begin)
	if at.location == nil || !strings.HasPrefix(at.location.String(), p.dashboard.url+"/callback?") {
		t.Fatalf("sent to %v", at.location)
	}
	if q := at.location.Query(); q.Get("error") != "access_denied" || q.Get("state") != "the-state" || q.Get("iss") != p.issuer {
		t.Errorf("sent to %s", at.location)
	}
	p.control(http.MethodPost, "faults", `{"endpoint":"auth","body":"callback-error","raw":"temporarily_unavailable","times":1}`, nil)
	if at := p.browser().open(begin); at.location == nil || at.location.Query().Get("error") != "temporarily_unavailable" {
		t.Errorf("sent to %v", at.location)
	}
	p.signIn(p.browser(), demo.AdminEmail, demo.Password)
}

func TestPagesForPeople(t *testing.T) {
	w := start(t)
	for path, text := range map[string]string{
		"/":                        "Stand-in for Wallaroo",
		"/auth/admin/master/x":     "Identity console",
		"/auth/resources/demo.css": "color-scheme",
	} {
		if status, body := w.send(http.MethodGet, path, "", ""); status != http.StatusOK || !strings.Contains(body, text) {
			t.Errorf("%s answers %d %s", path, status, body)
		}
	}
}

func TestReset(t *testing.T) {
	p := start(t).party()
	token := p.signIn(p.browser(), demo.AdminEmail, demo.Password)
	p.post(invite, token.AccessToken, `{"email":"gone@example.com"}`)
	p.control(http.MethodPost, "faults", `{"endpoint":"query","status":500}`, nil)

	var counts struct{ Users, Active, Seats int }
	p.control(http.MethodPost, "reset", `{"users":50,"seats":9,"tokenTTL":"2s"}`, &counts)
	if counts.Users != 50 || counts.Seats != 9 || counts.Active == 0 {
		t.Errorf("%+v", counts)
	}
	_, err := p.refresh(token.RefreshToken)
	p.refused(err, "invalid_grant")
	again := p.signIn(p.browser(), demo.AdminEmail, demo.Password)
	if again.ExpiresIn != 2 {
		t.Errorf("tokens live for %d s", again.ExpiresIn)
	}
	if got := p.users(again.AccessToken, "{}"); len(got) != 50 {
		t.Errorf("%d users", len(got))
	}

	p.control(http.MethodPost, "reset", "", &counts)
	if counts.Users != demo.DefaultUsers || counts.Seats != 0 {
		t.Errorf("%+v", counts)
	}
	p.control(http.MethodPost, "reset", `{"users":0}`, &counts)
	if counts.Users != 0 || counts.Active != 0 {
		t.Errorf("%+v", counts)
	}
}

func TestAccountsChangeBehindTheDashboardsBack(t *testing.T) {
	w := start(t)
	token := w.token(demo.AdminEmail)
	id := w.id(demo.PlainEmail)
	w.control(http.MethodPost, "users", `{"user":"user@example.com","enabled":false,"email":"other@example.com","emailVerified":false,
		"firstName":"New","requiredActions":["VERIFY_EMAIL"],"admin":true}`, nil)
	u := w.users(token, "{}")[id]
	if u["enabled"] != false || u["email"] != "other@example.com" || u["emailVerified"] != false || u["firstName"] != "New" ||
		encode(t, u["realmRoles"]) != `["admin"]` {
		t.Errorf("%v", u)
	}
	if status, _ := w.post(activate, token, `{"email":"other@example.com"}`); status != http.StatusOK {
		t.Errorf("activate answers %d", status)
	}

	var added []struct{ ID, Username string }
	w.control(http.MethodPost, "users", `{"add":true,"email":"Added@example.com","enabled":false}`, &added)
	if len(added) != 1 || added[0].Username != "added@example.com" {
		t.Fatalf("%v", added)
	}
	w.control(http.MethodPost, "users", `{"user":"`+id+`","remove":true}`, nil)
	list := w.users(token, "{}")
	if list[id] != nil || list[added[0].ID] == nil {
		t.Errorf("removed: %v, added: %v", list[id], list[added[0].ID])
	}
	var gone []any
	w.control(http.MethodGet, "users?user="+url.QueryEscape(id), "", &gone)
	if len(gone) != 0 {
		t.Errorf("%v", gone)
	}
}

func TestTheRequestLogKeepsNoSecrets(t *testing.T) {
	p := start(t).party()
	token := p.signIn(p.browser(), demo.AdminEmail, demo.Password)
	p.control(http.MethodDelete, "requests", "", nil)
	p.post(invite, token.AccessToken, `{"email":"logged@example.com","password":"hunter2"}`)
	p.control(http.MethodPost, "faults", `{"endpoint":"query","body":"reset","times":1}`, nil)
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, p.origin+query, strings.NewReader("{}"))
	if answer, err := p.api.Do(r); err == nil {
		_ = answer.Body.Close()
	}
	if _, err := p.refresh(token.RefreshToken); err != nil {
		t.Fatal(err)
	}

	// A request that was broken off is over for its caller before it is for the log.
	_, log := p.send(http.MethodGet, "/control/requests", "", "")
	for range 1000 {
		if !strings.Contains(log, `"running":true`) {
			break
		}
		time.Sleep(5 * time.Millisecond)
		_, log = p.send(http.MethodGet, "/control/requests", "", "")
	}
	for _, secret := range []string{"hunter2", token.AccessToken, token.RefreshToken, "s3cret"} {
		if strings.Contains(log, secret) {
			t.Errorf("%q is in the log", secret)
		}
	}
	var entries []struct {
		Endpoint, Sub, Token, Method string
		Status                       int
		Headers                      []string
		Body                         map[string]any
		Faulty, Running              bool
	}
	if err := json.Unmarshal([]byte(log), &entries); err != nil {
		t.Fatal(err)
	}
	if len(entries) != 3 {
		t.Fatalf("%d entries: %s", len(entries), log)
	}
	if e := entries[0]; e.Endpoint != "invite" || e.Sub != demo.AdminID || e.Token == "" || e.Status != 200 || e.Running ||
		e.Body["email"] != "logged@example.com" || !strings.Contains(strings.Join(e.Headers, " "), "Authorization") {
		t.Errorf("%+v", e)
	}
	if e := entries[1]; e.Endpoint != "query-list" || e.Status != 0 || !e.Faulty {
		t.Errorf("%+v", e)
	}
	if e := entries[2]; e.Endpoint != "token" || e.Body["grant_type"] != "refresh_token" || e.Status != 200 {
		t.Errorf("%+v", e)
	}
}
