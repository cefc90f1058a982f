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
		"New new@example.com":       "This is not an email address.",
		"new\u00a0one@example.com":  "can’t be seen",
		"new@example.com\nBcc: x@y": "are several addresses",
		"\xff@example.com":          "This is not an email address.",
		"new@example.com":           "",
		"né@пример.рф":              "",
	} {
		v, found := invitation{typed: email, choice: templates.PasswordAuto}.check()
		got := ""
		if v.EmailFault != nil {
			got = v.EmailFault.Text
		}
		if found != (want != "") || !strings.Contains(got, want) {
			t.Errorf("%q: %v, %q", email, found, got)
		}
	}
}
