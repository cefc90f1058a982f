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

// zones caches time zones by name, since loading one reads a file. There are a
// few hundred.
type zones struct {
	cookies cookies.Site
	known   sync.Map // name to *time.Location
}

// of returns the reader's time zone, which a script stores in a cookie; UTC if
// the cookie is absent or names an unknown zone.
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

// moment formats a time in the reader's zone, with the exact time for the
// script and the tooltip.
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

// ago formats a time as its distance from now.
func ago(t, now time.Time) templates.Time {
	return templates.Time{
		ISO: t.UTC().Format(time.RFC3339), Text: distance(now.Sub(t)) + " ago", Style: templates.Ago,
		Now: now.UTC().Format("2006-01-02T15:04:05.000Z07:00"),
	}
}

// distance formats a duration in its largest unit: "12 s", "9 minutes".
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

// initials returns the first letters of a name's first and last word.
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

// providerName turns the alias of a Keycloak identity provider into a display
// name.
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

// shortened truncates s to at most most characters, so that a control stays
// within the page.
func shortened(s string, most int) string {
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return s
}

// size formats a number of bytes: "16 kB", "5.2 MB".
func size(bytes int) string {
	if bytes < 1_000_000 {
		return fmt.Sprintf("%d kB", max(1, bytes/1000))
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
}
