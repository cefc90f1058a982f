package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"wallaroo-user-admin/internal/cookies"
	"wallaroo-user-admin/web/templates"
)

// zones remembers those that were asked for, since to look one up reads a file.
// There are a few hundred.
type zones struct {
	cookies cookies.Site
	known   sync.Map // name to *time.Location
}

// of is the reader's time zone, which a script keeps in a cookie; UTC without
// it or with one that doesn't exist.
func (all *zones) of(r *http.Request) *time.Location {
	name, err := url.QueryUnescape(all.cookies.Of(r, "tz"))
	if err != nil || name == "" || name == "Local" || len(name) > 64 || path.Clean(name) != name {
		return time.UTC
	}
	known, _ := all.known.Load(name)
	if l, ok := known.(*time.Location); ok {
		return l
	}
	l, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	all.known.Store(name, l)
	return l
}

// moment writes a time down in the reader's zone, with the exact value for the
// script and for whoever looks closer.
func moment(t time.Time, z *time.Location, style templates.TimeStyle) templates.Time {
	if t.IsZero() {
		return templates.Time{}
	}
	layout := "2 Jan 2006"
	switch style {
	case templates.DayTime:
		layout = "2 Jan 2006, 15:04 MST"
	case templates.DaySecond:
		layout = "2 Jan 2006, 15:04:05 MST"
	case templates.Clock:
		layout = "15:04"
	case templates.ClockSecond:
		layout = "15:04:05"
	case templates.Day, templates.Ago:
	}
	text := t.In(z).Format(layout)
	return templates.Time{ISO: t.UTC().Format(time.RFC3339), Text: text, Style: style}
}

// ago is a moment that is told by its distance from now.
func ago(t, now time.Time) templates.Time {
	return templates.Time{ISO: t.UTC().Format(time.RFC3339), Text: distance(now.Sub(t)) + " ago", Style: templates.Ago}
}

// distance tells a duration in its largest unit: "12 s", "9 minutes".
func distance(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", max(int(d.Seconds()), 0))
	case d < time.Hour:
		return templates.Count(int(d.Minutes()), "minute", "minutes")
	case d < 48*time.Hour:
		return templates.Count(int(d.Hours()), "hour", "hours")
	default:
		return templates.Count(int(d.Hours()/24), "day", "days")
	}
}

// initials are the first letters of a name's first and last word.
func initials(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) })
	if len(words) == 0 {
		return "?"
	}
	first, _ := utf8.DecodeRuneInString(words[0])
	if len(words) == 1 || strings.Contains(name, "@") {
		return string(unicode.ToUpper(first))
	}
	last, _ := utf8.DecodeRuneInString(words[len(words)-1])
	return string(unicode.ToUpper(first)) + string(unicode.ToUpper(last))
}

// providerName makes words of an identity provider's alias in Keycloak.
func providerName(alias string) string {
	known := map[string]string{
		"google": "Google", "github": "GitHub", "gitlab": "GitLab", "microsoft": "Microsoft", "azure": "Microsoft Entra ID",
		"okta": "Okta", "saml": "SAML", "oidc": "OpenID Connect", "facebook": "Facebook", "linkedin": "LinkedIn",
	}
	if name, ok := known[strings.ToLower(alias)]; ok {
		return name
	}
	return alias
}

// shortened keeps a text from making a control wider than the page.
func shortened(s string, most int) string {
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return s
}

// size writes a number of bytes for people: "16 kB", "5.2 MB".
func size(bytes int) string {
	if bytes < 1_000_000 {
		return fmt.Sprintf("%d kB", max(1, bytes/1000))
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
}
