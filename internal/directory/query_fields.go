package directory

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"wallaroo-user-admin/internal/emails"
	"wallaroo-user-admin/internal/fold"
)

// fieldNames returns the names of the fielded terms.
func fieldNames() []string {
	return []string{"status", "health", "trouble", "domain", "id", "created", "login", "action", "is"}
}

// fieldTest returns the test of one fielded term, whose name and value are
// folded.
func fieldTest(name, value string, now time.Time) (test, *QueryError) {
	if value == "" && slices.Contains(fieldNames(), name) {
		return nil, fault("“%s:” needs a value. %s", name, usage(name))
	}
	switch name {
	case "status":
		return statusTest(value)
	case "health":
		return severityTest(value)
	case "trouble":
		return issueTest(value)
	case "domain":
		domain := fold.String(emails.Domain("@" + strings.TrimPrefix(value, "@")))
		return func(a *Account) bool { return fold.String(a.Domain()) == domain }, nil
	case "id":
		return func(a *Account) bool { return strings.HasPrefix(fold.String(a.ID), value) }, nil
	case "created":
		return createdTest(value, now)
	case "login":
		return loginTest(value, now)
	case "action":
		action := actionKey(value)
		return func(a *Account) bool {
			return slices.ContainsFunc(a.RequiredActions, func(r string) bool { return actionKey(r) == action })
		}, nil
	case "is":
		return isTest(value)
	default:
		return nil, fault("There is no field “%s:”. The fields are %s. To search for the text itself, put it in double quotes.",
			name, strings.Join(fieldNames(), ":, ")+":")
	}
}

func fault(format string, args ...any) *QueryError {
	return &QueryError{Message: fmt.Sprintf(format, args...)}
}

// usage returns the help on a field's values.
func usage(name string) string {
	switch name {
	case "status":
		return "Write status:active, status:inactive or status:unknown."
	case "health":
		return "Write health:error, health:warning or health:ok."
	case "trouble":
		kinds := make([]string, 0, len(Issues()))
		for _, t := range Issues() {
			kinds = append(kinds, string(t))
		}
		return "Write trouble: and one of " + strings.Join(kinds, ", ") + "."
	case "created":
		return "Write created:7d for the last 7 days, created:>2026-01-01, created:<2026-01-01 or created:2026-01-01."
	case "login":
		return "Write login:never, login:unknown, login:30d for the last 30 days, or login:>90d for longer ago."
	case "action":
		return "Write action:update_password, or another required action of Keycloak."
	case "is":
		return "Write is:admin or is:pending."
	case "domain":
		return "Write domain:example.com."
	default:
		return "Write id: and the beginning of a user ID."
	}
}

func statusTest(value string) (test, *QueryError) {
	if value == "deactivated" {
		value = string(Deactivated)
	}
	switch want := Status(value); want {
	case Active, Deactivated, StatusUnknown:
		return func(a *Account) bool { return a.Status() == want }, nil
	}
	return nil, fault("“%s” is no status. %s", value, usage("status"))
}

func severityTest(value string) (test, *QueryError) {
	healths := map[string]Severity{"ok": SeverityOK, "warning": SeverityWarning, "error": SeverityError}
	want, known := healths[value]
	if !known {
		if t, err := issueTest(value); err == nil {
			return t, nil // the filter's value in the page's address
		}
		return nil, fault("“%s” is no health. %s", value, usage("health"))
	}
	return func(a *Account) bool { return a.Severity() == want }, nil
}

func issueTest(value string) (test, *QueryError) {
	want := Issue(strings.ReplaceAll(value, "_", "-"))
	for _, t := range Issues() {
		if t == want {
			return func(a *Account) bool { return a.Has(want) }, nil
		}
	}
	return nil, fault("“%s” is no kind of trouble. %s", value, usage("trouble"))
}

func isTest(value string) (test, *QueryError) {
	switch value {
	case "admin":
		return (*Account).IsAdmin, nil
	case "pending":
		return func(a *Account) bool { return len(a.RequiredActions) > 0 }, nil
	}
	return nil, fault("“is:%s” is not known. %s", value, usage("is"))
}

// actionKey normalizes a required action. Keycloak has UPDATE_PASSWORD but
// webauthn-register, and custom providers have any form.
func actionKey(action string) string {
	return strings.ReplaceAll(fold.String(action), "-", "_")
}

func createdTest(value string, now time.Time) (test, *QueryError) {
	from, to, ok := period(value, now)
	if !ok {
		return nil, fault("“%s” is no date. %s", value, usage("created"))
	}
	return func(a *Account) bool { return within(a.Created, from, to) }, nil
}

func loginTest(value string, now time.Time) (test, *QueryError) {
	switch value {
	case "never":
		return func(a *Account) bool { return a.LastLogin.Never() }, nil
	case "unknown":
		return func(a *Account) bool { return !a.LastLogin.Known }, nil
	}
	from, to, ok := period(value, now)
	if !ok {
		return nil, fault("“%s” is no date. %s", value, usage("login"))
	}
	return func(a *Account) bool { return within(a.LastLogin.At, from, to) }, nil
}

// within reports whether from <= at < to; a zero bound is open, and the zero
// time is in no period.
func within(at, from, to time.Time) bool {
	return !at.IsZero() && (from.IsZero() || !at.Before(from)) && (to.IsZero() || at.Before(to))
}

// period parses 7d (the last seven days), >90d (longer ago than that), <90d,
// 2026-01-01 (that day), >2026-01-01 (after it) and <2026-01-01 (before it),
// with days in the zone of now.
func period(value string, now time.Time) (from, to time.Time, ok bool) {
	sign := byte(0)
	if value != "" && (value[0] == '>' || value[0] == '<') {
		sign, value = value[0], value[1:]
	}
	if days, isDays := strings.CutSuffix(value, "d"); isDays {
		n, err := strconv.Atoi(days)
		if err != nil || n < 0 || n > 36500 {
			return from, to, false
		}
		edge := now.Add(-time.Duration(n) * 24 * time.Hour)
		if sign == '>' {
			return time.Time{}, edge, true
		}
		return edge, time.Time{}, true
	}
	date, err := time.Parse(time.DateOnly, value)
	if err != nil {
		return from, to, false
	}
	day, next := startOfDay(date, now.Location()), startOfDay(date.AddDate(0, 0, 1), now.Location())
	switch sign {
	case '>':
		return next, time.Time{}, true
	case '<':
		return time.Time{}, day, true
	default:
		return day, next, true
	}
}
