package wallaroo

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"wallaroo-user-admin/internal/sanitize"
)

// FuzzFault reads error answers. The error has the kind of its status and fits the log: one line, bounded, without a
// token. Nothing of an invitation's answer is in it, since the answer may contain the password.
func FuzzFault(f *testing.F) {
	const hush = "hush-hush-hush"
	for _, body := range []string{
		"", hush, `{"password":"` + hush + `"}`, `{"error":"no such user ` + hush + `"}`, "Authorization: Bearer " + hush, "eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "<html>\r\n" + hush, "a\u202eb\x00\xff",
		strings.Repeat("x", maxFault-3) + hush, strings.Repeat("\x00", maxFault+5), `{"error":"` + strings.Repeat("é", 3000), "bearer\n" + hush, "{\"token\":\"hush\\u002dhush-hush\"}",
	} {
		for _, contentType := range []string{"application/json", "text/html; charset=utf-8", "", "json", "text/" + strings.Repeat("x", 70), "a/b; c=" + hush, "x\r\ny: z", "\xff"} {
			f.Add(400, contentType, body, "")
			f.Add(500, contentType, body, "120")
		}
	}
	for _, body := range []string{`{"password":"` + hush, `{"password":"a","` + strings.Repeat("k", 9000) + `":[}`, hush, "{\"a\u202e\":\"\xff" + hush + "\"}", `{"` + hush + `":{"` + hush + `":tru}}`} {
		f.Add(200, "application/json", body, "")
	}
	for _, status := range []int{201, 204, 301, 401, 403, 404, 405, 409, 429, 501, 503, 999} {
		f.Add(status, "application/json", `{"password":"`+hush+`"}`, "Wed, 21 Oct 2015 07:28:00 GMT")
	}
	api := &saying{}
	c := NewWriter(api.client())
	f.Fuzz(func(t *testing.T, status int, contentType, body, after string) {
		api.status, api.body = status, body
		api.header = http.Header{"Content-Type": {contentType}, "Retry-After": {after}}
		kind := ErrMalformed
		if status != http.StatusOK {
			kind = statusKind(status)
		}
		_, invited := c.Invite(t.Context(), hush, "new@example.com", "a-password-of-the-form")
		for op, err := range map[string]error{opInvite: invited, "activate": c.Activate(t.Context(), hush, "u1")} {
			if status == http.StatusOK && err == nil {
				continue
			}
			var e *Error
			if !errors.As(err, &e) || e.Op != op || e.Status != status || !errors.Is(err, kind) || !e.Sent || e.RetryAfter < 0 || e.RetryAfter > time.Hour {
				t.Fatalf("%d %q gives %#v", status, body, err)
			}
			checkLine(t, err.Error(), body)
			if status != http.StatusOK {
				checkTold(t, err.Error(), contentType, body)
			}
		}
		if invited != nil {
			checkUnsaid(t, invited.Error(), contentType, body)
		}
	})
}

// checkLine checks that an error is one short line.
func checkLine(t *testing.T, told, body string) {
	t.Helper()
	if !utf8.ValidString(told) || strings.ContainsFunc(told, unicode.IsControl) || utf8.RuneCountInString(told) > 6*maxFault {
		t.Errorf("%q is told as %q", body, told)
	}
}

// checkTold checks that an answer's own words are reported without any token.
func checkTold(t *testing.T, told, contentType, body string) {
	t.Helper()
	if strings.Contains(told, "hush-hush-hush") && !strings.Contains(strings.ToLower(contentType), "hush") {
		t.Errorf("%q is told with our token: %s", body, told)
	}
	if sanitize.Text(told, len(told)+1) != told {
		t.Errorf("%q is told with a token: %s", body, told)
	}
}

// checkUnsaid checks that of an invitation's answer only the length and a common media type are reported.
func checkUnsaid(t *testing.T, told, contentType, body string) {
	t.Helper()
	for word := range strings.FieldsFuncSeq(body, func(r rune) bool { return !unicode.IsLetter(r) && r != '-' }) {
		if len(word) > 12 && strings.Contains(told, word) && !strings.Contains(strings.ToLower(contentType), word) {
			t.Errorf("%q is told with %q: %s", body, word, told)
		}
	}
}
