package demo_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"wallaroo-user-admin/internal/demo"
)

const (
	query      = "/v1/api/users/query"
	invite     = "/v1/api/users/invite"
	activate   = "/v1/api/users/activate"
	deactivate = "/v1/api/users/deactivate"
)

func TestTheListAndTheByIDAnswerDiffer(t *testing.T) {
	w := start(t)
	token := w.token(demo.AdminEmail)
	list := w.users(token, "{}")
	if len(list) != demo.DefaultUsers {
		t.Errorf("%d users", len(list))
	}
	admin := list[demo.AdminID]
	if got := encode(t, admin["realmRoles"]); got != `["admin"]` {
		t.Errorf("realmRoles %s", got)
	}
	if _, ok := admin["lastLogin"].(float64); !ok || admin["federatedIdentities"] != nil {
		t.Errorf("lastLogin %v, federatedIdentities %v", admin["lastLogin"], admin["federatedIdentities"])
	}

	twoLinks := w.id("two.links@example.com")
	byID := w.users(token, `{"user_ids":["`+demo.AdminID+`","`+twoLinks+`","nobody","`+demo.AdminID+`"]}`)
	if len(byID) != 3 {
		t.Errorf("%d users by id", len(byID))
	}
	if value, there := byID["nobody"]; !there || value != nil {
		t.Errorf("an unknown id answers %v", value)
	}
	admin = byID[demo.AdminID]
	for _, field := range []string{"lastLogin", "realmRoles"} {
		if _, there := admin[field]; there {
			t.Errorf("by id there is %s", field)
		}
	}
	if got := encode(t, admin["federatedIdentities"]); got != "[]" {
		t.Errorf("federatedIdentities %s", got)
	}
	if flags := object(admin["access"]); len(flags) != 6 || flags["manage"] != true {
		t.Errorf("access %v", flags)
	}
	if links := encode(t, byID[twoLinks]["federatedIdentities"]); strings.Count(links, `"identityProvider"`) != 2 || !strings.Contains(links, `"google"`) {
		t.Errorf("federatedIdentities %s", links)
	}
}

// object is v as a JSON object; nil when it is none.
func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func TestTheSeedHasEveryKindOfAccount(t *testing.T) {
	w := start(t)
	found := map[string]bool{}
	emails := map[string]int{}
	for _, u := range w.users(w.token(demo.AdminEmail), "{}") {
		text := func(field string) string { s, _ := u[field].(string); return s }
		email, name := text("email"), text("firstName")+" "+text("lastName")
		_, hasLogin := u["lastLogin"]
		emails[strings.ToLower(email)]++
		for kind, is := range map[string]bool{
			"no email":                 email == "" && text("username") != "admin",
			"the built-in account":     text("username") == "admin",
			"a malformed email":        email != "" && !strings.Contains(email, "@"),
			"a username of its own":    strings.Contains(email, "@") && !strings.EqualFold(email, text("username")),
			"a username of other case": email != text("username") && strings.EqualFold(email, text("username")),
			"unconfirmed":              u["emailVerified"] == false,
			"both errors":              email == "not-an-email" && u["emailVerified"] == false,
			"deactivated":              u["enabled"] == false,
			"UPDATE_PASSWORD":          strings.Contains(encode(t, u["requiredActions"]), "UPDATE_PASSWORD"),
			"VERIFY_EMAIL":             strings.Contains(encode(t, u["requiredActions"]), "VERIFY_EMAIL"),
			"CONFIGURE_TOTP":           strings.Contains(encode(t, u["requiredActions"]), "CONFIGURE_TOTP"),
			"an unknown action":        strings.Contains(encode(t, u["requiredActions"]), "SIGN_IN_BLOOD"),
			"Arabic":                   strings.Contains(name, "ليلى"),
			"Chinese characters":       strings.Contains(name, "山田"),
			"combining marks":          strings.Contains(name, "e\u0308"),
			"emoji":                    strings.Contains(name, "🏳️‍🌈"),
			"a very long name":         len(name) >= 200,
			"a very long email":        len(email) > 200,
			"a script":                 strings.Contains(name, "<script>alert(1)</script>"),
			"an image with onerror":    strings.Contains(name, `"><img src=x onerror=`),
			"htmx attributes":          strings.Contains(name, `<b hx-get="/x"`),
			"a formula":                strings.HasPrefix(name, "=cmd|"),
			"not manageable":           object(u["access"])["manage"] == false,
			"nothing but manage":       len(object(u["access"])) == 1,
			"no createdTimestamp":      u["createdTimestamp"] == nil,
			"never signed in":          hasLogin && u["lastLogin"] == nil,
			"an unknown last sign-in":  !hasLogin,
			"no names":                 name == " " && email != "",
			"a bulky metadata member":  u["userProfileMetadata"] != nil,
			"members nobody knows":     u["x-future"] != nil,
		} {
			found[kind] = found[kind] || is
		}
	}
	for kind, is := range found {
		if !is {
			t.Errorf("nobody is or has %s", kind)
		}
	}
	if emails["shared@example.com"] != 2 {
		t.Errorf("%d share an email", emails["shared@example.com"])
	}
}

func TestEveryStartSeedsTheSameAccounts(t *testing.T) {
	now := func(o *demo.Options) {
		o.Now = func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }
	}
	one, two, more := start(t, now), start(t, now), start(t, now, func(o *demo.Options) { o.Users = 500 })
	a, b, c := one.users(one.token(demo.AdminEmail), "{}"), two.users(two.token(demo.AdminEmail), "{}"), more.users(more.token(demo.AdminEmail), "{}")
	if len(c) != 500 {
		t.Errorf("%d users", len(c))
	}
	for id, user := range a {
		if encode(t, user) != encode(t, b[id]) || encode(t, user) != encode(t, c[id]) {
			t.Errorf("%s differs between starts", id)
		}
		if created, ok := user["createdTimestamp"].(float64); ok && time.UnixMilli(int64(created)).Year() < 2023 {
			t.Errorf("%s was created at %v", id, created)
		}
	}
}

func TestTheListMayBeOfAnySize(t *testing.T) {
	for _, c := range []struct {
		users, listed int
	}{{demo.NoUsers, 0}, {1, 1}, {3, 3}, {20, 20}, {100, 100}} {
		w := start(t, func(o *demo.Options) { o.Users = c.users })
		list := w.users(w.token(demo.AdminEmail), "{}") // the administrator signs in even when not listed
		if len(list) != c.listed {
			t.Errorf("%d users asked for: %d listed", c.users, len(list))
		}
	}
	if _, err := demo.New(demo.Options{Origin: "http://127.0.0.1:1", Users: demo.MaxUsers + 1}); err == nil {
		t.Error("too many users are taken")
	}
}

func TestTheOrderChangesFromCallToCall(t *testing.T) {
	w := start(t)
	token := w.token(demo.AdminEmail)
	_, one := w.post(query, token, "{}")
	_, two := w.post(query, token, "{}")
	if one == two {
		t.Error("two answers have the same order")
	}
}

func TestTheListIsCompressedIfAsked(t *testing.T) {
	w := start(t, func(o *demo.Options) { o.Users = 3_000 })
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, w.origin+query, strings.NewReader("{}"))
	r.Header.Set("Authorization", "Bearer "+w.token(demo.AdminEmail))
	r.Header.Set("Accept-Encoding", "gzip")
	answer, err := w.api.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("headers %v", answer.Header)
	}
	z, err := gzip.NewReader(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	var out struct{ Users map[string]json.RawMessage }
	if err := json.NewDecoder(z).Decode(&out); err != nil || len(out.Users) != 3_000 {
		t.Errorf("%d users, %v", len(out.Users), err)
	}
}

// refusedWith checks an error answer: {msg, code}.
func refusedWith(t *testing.T, status int, body string, want int, words string) {
	t.Helper()
	var out struct {
		Msg  string
		Code int
	}
	if err := json.Unmarshal([]byte(body), &out); err != nil || status != want || out.Code != want || !strings.Contains(out.Msg, words) {
		t.Errorf("want %d %q, got %d %s", want, words, status, body)
	}
}

func TestCallsThatAreRefused(t *testing.T) {
	w := start(t)
	admin := w.token(demo.AdminEmail)
	p := w.party()
	idToken, _ := p.signIn(w.browser(), demo.AdminEmail, demo.Password).Extra("id_token").(string)
	for _, c := range []struct {
		name, method, path, token, body string
		status                          int
		words                           string
	}{
		{"without a token", "POST", query, "", "{}", 401, "Unauthorized"},
		{"with nonsense for a token", "POST", query, "nonsense", "{}", 401, "Unauthorized"},
		{"with a changed token", "POST", query, admin[:len(admin)-8] + "AAAAAAAA", "{}", 401, "Unauthorized"},
		{"with an ID token", "POST", query, idToken, "{}", 401, "Unauthorized"},
		{"by a plain user", "POST", query, w.token(demo.PlainEmail), "{}", 403, "Forbidden"},
		{"with GET", "GET", query, admin, "", 405, "Method Not Allowed"},
		{"of an unknown path", "POST", "/v1/api/users/remove", admin, "{}", 404, "Not Found"},
		{"of the single user call of later versions", "POST", "/v1/api/user", admin, "{}", 404, "Not Found"},
		{"without a body", "POST", query, admin, "", 400, "Json deserialize error"},
		{"with a list for an object", "POST", query, admin, "[]", 400, "Json deserialize error"},
		{"with broken JSON", "POST", query, admin, `{"user_ids":["a"`, 400, "Json deserialize error"},
		{"with the wrong type", "POST", query, admin, `{"user_ids":"a"}`, 400, "Json deserialize error"},
		{"with a body too large", "POST", query, admin, `{"user_ids":["` + strings.Repeat("x", 9<<20) + `"]}`, 413, "Too Large"},
		{"inviting nobody", "POST", invite, admin, "{}", 400, "missing field"},
		{"inviting a malformed address", "POST", invite, admin, `{"email":"not an address"}`, 400, "error-invalid-email"},
		{"inviting a name with an address", "POST", invite, admin, `{"email":"Jo <jo@example.com>"}`, 400, "error-invalid-email"},
		{"inviting a member", "POST", invite, admin, `{"email":"USER@example.com"}`, 400, "User exists with same username"},
		{"inviting a member's username", "POST", invite, admin, `{"email":"dora.other@example.com"}`, 400, "User exists with same username"},
		{"inviting a member's email", "POST", invite, admin, `{"email":"differs@example.com"}`, 400, "User exists with same username"},
		{"activating nobody", "POST", activate, admin, `{}`, 400, "missing field"},
		{"activating an unknown email", "POST", activate, admin, `{"email":"nobody@example.com"}`, 400, "User not found"},
		{"deactivating by username", "POST", deactivate, admin, `{"email":"admin"}`, 400, "User not found"},
		{"deactivating a name with markup", "POST", deactivate, admin, `{"email":"script@example.com"}`, 400, "error-person-name-invalid-character"},
		{"deactivating without manage", "POST", deactivate, admin, `{"email":"not.manageable@example.com"}`, 403, "Forbidden"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, body := w.send(c.method, c.path, c.token, c.body)
			refusedWith(t, status, body, c.status, c.words)
		})
	}
}

func TestInvitations(t *testing.T) {
	w := start(t)
	token := w.token(demo.AdminEmail)
	var temporary, chosen struct{ ID, Password string }
	_, body := w.post(invite, token, `{"email":"Temp@Example.com"}`)
	if err := json.Unmarshal([]byte(body), &temporary); err != nil || len(temporary.Password) < 12 {
		t.Fatalf("%v in %s", err, body)
	}
	_, body = w.post(invite, token, `{"email":"chosen@example.com","password":"p&ss <word>"}`)
	if err := json.Unmarshal([]byte(body), &chosen); err != nil || chosen.Password != "p&ss <word>" {
		t.Fatalf("%v in %s", err, body)
	}
	list := w.users(token, "{}")
	one, two := list[temporary.ID], list[chosen.ID]
	if one["email"] != "temp@example.com" || one["username"] != "temp@example.com" || one["enabled"] != true || one["emailVerified"] != false {
		t.Errorf("%v", one)
	}
	if login, there := one["lastLogin"]; !there || login != nil {
		t.Errorf("lastLogin %v", login)
	}
	if encode(t, one["requiredActions"]) != `["UPDATE_PASSWORD"]` || encode(t, two["requiredActions"]) != "[]" {
		t.Errorf("required actions %v, %v", one["requiredActions"], two["requiredActions"])
	}
	w.party().signIn(w.browser(), "chosen@example.com", "p&ss <word>")
}

func TestSeats(t *testing.T) {
	const words = "You have reached the user limit in your Wallaroo instance. In order to add additional users, you can deactivate existing ones."
	w := start(t, func(o *demo.Options) { o.Users, o.Seats = 2, 3 })
	token := w.token(demo.AdminEmail)
	ok := func(path, email string) {
		t.Helper()
		if status, body := w.post(path, token, `{"email":"`+email+`"}`); status != http.StatusOK {
			t.Errorf("%s %s: %d %s", path, email, status, body)
		}
	}
	full := func(path, email string) {
		t.Helper()
		status, body := w.post(path, token, `{"email":"`+email+`"}`)
		refusedWith(t, status, body, http.StatusForbidden, words)
	}
	ok(invite, "third@example.com")
	full(invite, "fourth@example.com")
	ok(activate, "third@example.com") // active already
	ok(deactivate, "THIRD@example.com")
	ok(deactivate, "third@example.com") // again
	ok(invite, "fourth@example.com")
	full(activate, "third@example.com")
	ok(deactivate, "fourth@example.com")
	ok(activate, "third@example.com")
	if list := w.users(token, "{}"); len(list) != 4 {
		t.Errorf("%d users", len(list))
	}
}

func TestAnEmailThatTwoShareMeansTheFirst(t *testing.T) {
	w := start(t)
	token := w.token(demo.AdminEmail)
	enabled := func() []bool {
		var out []struct {
			Username string
			Enabled  bool
		}
		w.control(http.MethodGet, "users?email=shared@example.com", "", &out)
		if len(out) != 2 || out[0].Username != "shared@example.com" || out[1].Username != "sasha" {
			t.Fatalf("%+v", out)
		}
		return []bool{out[0].Enabled, out[1].Enabled}
	}
	for range 2 {
		w.post(deactivate, token, `{"email":"shared@example.com"}`)
		if got := enabled(); !slices.Equal(got, []bool{false, true}) {
			t.Errorf("enabled %v", got)
		}
	}
	w.post(activate, token, `{"email":"shared@example.com"}`)
	if got := enabled(); !slices.Equal(got, []bool{true, true}) {
		t.Errorf("enabled %v", got)
	}
}

func BenchmarkListOf100000(b *testing.B) {
	d, err := demo.New(demo.Options{Origin: "http://127.0.0.1:1", Users: demo.MaxUsers})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	token := tokenFrom(b, d.Handler())
	for b.Loop() {
		r, _ := http.NewRequestWithContext(b.Context(), http.MethodPost, query, strings.NewReader("{}"))
		r.Header.Set("Authorization", "Bearer "+token)
		d.Handler().ServeHTTP(&sink{header: http.Header{}}, r)
	}
}

// sink is a ResponseWriter that keeps nothing.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(b []byte) (int, error) { return io.Discard.Write(b) }
func (s *sink) WriteHeader(int)             {}
