package handlers

import (
	"strings"
	"testing"

	"wallaroo-user-admin/web/templates"
)

func TestInvalidEmailAddressesAreExplained(t *testing.T) {
	for email, want := range map[string]string{
		"":                          "Enter the email address",
		"new":                       "This is not an email address.",
		"New <new@example.com>":     "This is not an email address.",
		"new@example.com\u200b":     "can’t be seen",
		"n\u202eew@example.com":     "can’t be seen",
		"new\u00a0@example.com":     "can’t be seen",
		"new@example.com\nBcc: x@y": "can’t be seen",
		"\xff@example.com":          "This is not an email address.",
		"new@example.com":           "",
		"né@пример.рф":              "",
	} {
		v, found := invitation{email: email, choice: templates.PasswordAuto}.check()
		got := ""
		if v.EmailFault != nil {
			got = v.EmailFault.Text
		}
		if found != (want != "") || !strings.Contains(got, want) {
			t.Errorf("%q: %v, %q", email, found, got)
		}
	}
}
