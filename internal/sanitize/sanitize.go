// Package sanitize prepares text that others chose for the logs: the audit log and
// the server's own.
package sanitize

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A JSON Web Token (RFC 7519), or what follows "Bearer" (RFC 6750).
var token = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{5,}(\.[A-Za-z0-9_-]*){1,4}|(?i:bearer)\s+[A-Za-z0-9._~+/=-]{8,}`)

// Text sanitizes text for logs: valid UTF-8, one line, no bidi controls, tokens
// redacted, at most most characters.
func Text(text string, most int) string {
	// Cut roughly first, so that a huge text costs little.
	if limit := utf8.UTFMax * (most + 1); len(text) > limit {
		text = text[:limit]
	}
	text = strings.ToValidUTF8(text, string(utf8.RuneError))
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), r == '\u2028', r == '\u2029':
			return ' '
		case unicode.Is(unicode.Bidi_Control, r), r == '\ufeff':
			return -1
		default:
			return r
		}
	}, text)
	text = strings.TrimSpace(token.ReplaceAllString(text, "[token]"))
	if utf8.RuneCountInString(text) > most {
		text = string([]rune(text)[:most-1]) + "…"
	}
	return text
}
