package handlers

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/changes"
	"wallaroo-user-admin/internal/emails"
	"wallaroo-user-admin/web/templates"
)

// FuzzNotice: whatever the cookie says, a notice is only about a change that this administrator made within the last
// two minutes, and tells its true outcome; the cookie is removed afterwards.
func FuzzNotice(f *testing.F) {
	s, _ := signedInSite(f)
	began := time.Now()
	me := audit.Person{Issuer: testIssuer, Subject: testSubject}
	jo := audit.Target{ID: "u1", Email: "jo@example.com", Name: "Jo"}
	record := func(actor audit.Person, action audit.Action, outcome audit.Outcome) string {
		e, err := s.Audit.Record(f.Context(), audit.Event{Actor: actor, Action: action, Outcome: outcome, Target: jo})
		if err != nil {
			f.Fatal(err)
		}
		return e.ID
	}
	// By the names that stand for their ids in a cookie.
	events := map[string]string{
		"MINE": record(me, audit.Activate, audit.Done), "UNDONE": record(me, audit.Deactivate, audit.Failed), "OPEN": record(me, audit.Deactivate, audit.Unknown),
		"THEIRS":    record(audit.Person{Issuer: testIssuer, Subject: "u-other"}, audit.Activate, audit.Done),
		"ELSEWHERE": record(audit.Person{Issuer: "https://other.example.com", Subject: testSubject}, audit.Activate, audit.Done),
		"SIGNIN":    record(me, audit.SignIn, audit.Done), "INVITE": record(me, audit.Invite, audit.Done), "OUTSIDE": record(audit.Person{}, audit.OutsideActivated, audit.Done),
	}
	texts := map[string]string{events["MINE"]: "Activated", events["UNDONE"]: "Not done:", events["OPEN"]: "Not known yet whether it was done:"}
	var ids []string
	for name, id := range events {
		ids = append(ids, name, id)
		f.Add(name, uint16(0))
	}
	for _, cookie := range []string{"", "x", `"MINE"`, `" MINE"`, "MINE; wallaroo-notice=THEIRS", "x; wallaroo-notice=MINE", "MINEx", "MINE%00", "%", "' OR 1=1 --", strings.Repeat("a", 5000)} {
		f.Add(cookie, uint16(1))
	}
	f.Add("MINE", uint16(118))
	f.Add("MINE", uint16(130))
	f.Add("OPEN", uint16(3600))
	expand := strings.NewReplacer(ids...)
	f.Fuzz(func(t *testing.T, cookie string, later uint16) {
		s.Now = func() time.Time { return began.Add(time.Duration(later) * time.Second) }
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/users?q=jo", http.NoBody)
		r.Header["Cookie"] = []string{s.Cookies.Name(noticeCookie) + "=" + expand.Replace(cookie)}
		id := s.Cookies.Of(r, noticeCookie)
		var toast *templates.Toast
		w := httptest.NewRecorder()
		s.signedIn(func(w http.ResponseWriter, r *http.Request) error {
			toast = s.takeToast(w, r)
			return nil
		}).ServeHTTP(w, r)
		kept := w.Result().Cookies()
		if id == "" && len(kept) != 0 || id != "" && (len(kept) != 1 || kept[0].Name != s.Cookies.Name(noticeCookie) || kept[0].Value != "" || kept[0].MaxAge >= 0) {
			t.Errorf("%q leaves %v", id, kept)
		}
		// A second either way is the clock's.
		want, mine := texts[strings.TrimSpace(id)]
		switch {
		case toast == nil:
			if texts[id] != "" && later < 119 {
				t.Errorf("%q is not told after %d s", id, later)
			}
		case !mine || later > 121:
			t.Errorf("%q tells after %d s: %+v", id, later, toast)
		case toast.Text != want || toast.About != "Jo" || (want == "Activated") != (toast.Undo != nil):
			t.Errorf("%q tells: %+v", id, toast)
		case toast.Undo != nil && (toast.Undo.Href != "/users/u1/deactivate" || toast.Undo.Fields[0].Value != "/users?q=jo"):
			t.Errorf("%q is undone by %+v", id, toast.Undo)
		}
	})
}

// plainEmail matches addresses that are valid by any rule.
var plainEmail = regexp.MustCompile(`^[a-z0-9]+([._+-][a-z0-9]+)*@[a-z0-9]+([.-][a-z0-9]+)*$`)

// FuzzInvite: whatever the form has, only the one address that was typed is sent, if it is valid, with a valid
// password. Otherwise the form has the typed address again, or the one that it asks about, but no password; no server
// error.
func FuzzInvite(f *testing.F) {
	for _, email := range []string{
		"new@example.com", " new@example.com\r\n", "JO@example.com", "flo@example.com", "", "new", "@", "new@", "@example.com", "new@@example.com", "a@b, c@d", "New <new@example.com>",
		`"n w"@example.com`, `"<script>"@example.com`, "new@[192.0.2.1]", "new@example.com\x00", "new@exa\x00mple.com", "new@example.com\u200b", "n\u202eew@example.com", "new\u00a0@example.com",
		"new@exam\u0085ple.com", "\xff@example.com", "né@example.com", "new@example..com", ".new@example.com", "new@example.com\r\nBcc: x@example.com", "new@example.com(comment)",
		strings.Repeat("n", 242) + "@example.com", strings.Repeat("n", 243) + "@example.com", `"><script>alert(1)</script>`, "new+tag@example.com", "\ufeffnew@example.com",
	} {
		f.Add(email, "auto", "", "")
		f.Add(email, "set", "correct horse", "")
		f.Add(email, "set", "short", "")
	}
	for _, password := range []string{"", "1234567", "12345678", "\xff\xfe12345678", "éééééééé", strings.Repeat("p", 256), strings.Repeat("p", 257), "\x00\x01\x02\x03\x04\x05\x06\x07"} {
		f.Add("new@example.com", "set", password, "")
		f.Add("new@example.com", "auto", password, "")
		f.Add("new@example.com", "SET", password, "")
	}
	for _, more := range []string{"email=other@example.com", "email=%zz", ";", "key=", "pw=set&password=x", "=&"} {
		f.Add("new@example.com", "auto", "", more)
	}
	s, api := signedInSite(f)
	form := s.withMethods(s.signedIn(s.invite))
	f.Fuzz(func(t *testing.T, email, choice, password, more string) {
		body := url.Values{"email": {email}, "pw": {choice}, "password": {password}, "key": {changes.NewKey()}}.Encode()
		if more != "" {
			body += "&" + more
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/invite", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		form.ServeHTTP(w, r)

		sent := api.sent()
		if w.Code >= http.StatusInternalServerError || len(sent) > 1 || (w.Code == http.StatusOK) != (len(sent) == 1) {
			t.Fatalf("%q: %d, and sent are %q", body, w.Code, sent)
		}
		typed := strings.Trim(email, " \t\r\n")
		for _, one := range sent {
			checkInvited(t, one[0], one[1])
			if chosen := choice == "set"; one[0] != typed || chosen && one[1] != password || !chosen && one[1] != "" {
				t.Errorf("%q: sent are %q", body, sent)
			}
		}
		if more != "" {
			return
		}
		shown := formOf(t, w.Body.String())
		switch w.Code {
		case http.StatusOK:
			return
		case http.StatusRequestEntityTooLarge:
			if len(body) <= maxBody {
				t.Errorf("%d bytes are too many", len(body))
			}
			return
		case http.StatusUnprocessableEntity:
			if !shown.faulty && !shown.asks {
				t.Errorf("%q: no field is said to be wrong", body)
			}
			if shown.asks && emails.ParsePasted(shown.email).Address != shown.email {
				t.Errorf("%q: asked about is %q", body, shown.email)
			}
			// Only the password can be at fault then.
			if plainEmail.MatchString(typed) && len(typed) <= 254 && (choice != "set" || len(password) >= 8 && len(password) <= 256 && strings.Trim(password, "abcdefghijklmnopqrstuvwxyz ") == "") {
				t.Errorf("%q is refused", body)
			}
		case http.StatusConflict:
			if !strings.EqualFold(typed, "jo@example.com") && !strings.EqualFold(typed, "flo@example.com") {
				t.Errorf("%q is said to be a member", typed)
			}
		default:
			t.Errorf("%q: %d", body, w.Code)
		}
		want := strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "\uFFFD").Replace(strings.ToValidUTF8(typed, "\uFFFD")) // as HTML has it
		if shown.email != want && !shown.asks || shown.choice != map[bool]string{true: "set", false: "auto"}[choice == "set"] || shown.password != "" || shown.key == "" {
			t.Errorf("%q comes back as %+v", body, shown)
		}
	})
}

// checkInvited checks what was sent to the API by rules of its own.
func checkInvited(t *testing.T, email, password string) {
	t.Helper()
	at := strings.LastIndexByte(email, '@')
	invisible := func(r rune) bool { return !unicode.IsPrint(r) || unicode.IsSpace(r) }
	if at < 1 || at == len(email)-1 || len(email) > 254 || !utf8.ValidString(email) || strings.ContainsFunc(email, invisible) || strings.ContainsAny(email, "<>(),;:\\\"") && email[at+1] != '[' {
		t.Errorf("%q is invited", email)
	}
	if password != "" && (utf8.RuneCountInString(password) < 8 || len(password) > 256 || !utf8.ValidString(password)) {
		t.Errorf("the password %q is sent", password)
	}
}

// inviteForm is the content of the form's fields in a page.
type inviteForm struct {
	email, choice, password, key string
	faulty, asks                 bool // asks: whether the address is the one that was meant
}

func formOf(t *testing.T, page string) (form inviteForm) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode || n.Data != "input" {
			continue
		}
		has := map[string]string{}
		for _, a := range n.Attr {
			has[a.Key] = a.Val
		}
		_, checked := has["checked"]
		switch {
		case has["name"] == "email":
			form.email = has["value"]
		case has["name"] == "pw" && checked:
			form.choice = has["value"]
		case has["name"] == "password":
			form.password = has["value"]
		case has["name"] == "key" && form.key == "":
			form.key = has["value"]
		}
		form.asks = form.asks || has["aria-describedby"] == "email-understood"
		form.faulty = form.faulty || has["aria-invalid"] == "true"
	}
	return form
}
