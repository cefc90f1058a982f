package audit

import (
	"fmt"
	"strings"
	"time"

	"wallaroo-user-admin/internal/emails"
	"wallaroo-user-admin/internal/fold"
	"wallaroo-user-admin/internal/sanitize"
)

// The most characters that each kind of text may have. An email address has at
// most 254 octets (RFC 5321, section 4.5.3.1.3), a subject 255 characters (OpenID
// Connect Core 1.0, section 2); the rest is what reads well.
const (
	maxID      = 128
	maxSubject = 255
	maxIssuer  = 512
	maxEmail   = 320
	maxName    = 256
	maxValue   = 320
	maxDetail  = 500
	maxNote    = 1000
)

// clean sanitizes a text to at most most characters.
func clean(text string, most int) string { return sanitize.Text(text, most) }

// cleaned returns the event with all its text sanitized.
func cleaned(e Event) Event {
	e.Actor.Issuer = clean(e.Actor.Issuer, maxIssuer)
	e.Actor.Subject = clean(e.Actor.Subject, maxSubject)
	e.Actor.Name = clean(e.Actor.Name, maxName)
	e.Actor.Email = clean(e.Actor.Email, maxEmail)
	e.Action = Action(clean(string(e.Action), maxID))
	e.Target = cleanedTarget(e.Target)
	e.Detail = clean(e.Detail, maxDetail)
	e.Note = clean(e.Note, maxNote)
	e.Old, e.New = clean(e.Old, maxValue), clean(e.New, maxValue)
	e.Observed.Since, e.Observed.Until = kept(e.Observed.Since), kept(e.Observed.Until)
	e.RequestID = clean(e.RequestID, maxID)
	return e
}

func cleanedTarget(t Target) Target {
	return Target{ID: clean(t.ID, maxID), Email: clean(t.Email, maxEmail), Name: clean(t.Name, maxName)}
}

// kept returns a time as it is stored: UTC, in milliseconds.
func kept(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// emailKey returns an email address for comparison.
func emailKey(email string) string { return emails.Key(clean(email, maxEmail)) }

// searchable returns all of an event that a search looks at.
func searchable(e Event) string {
	text := []string{
		e.Actor.Name, e.Actor.Email, string(e.Action), string(e.Outcome),
		e.Target.ID, e.Target.Email, e.Target.Name, e.Detail, e.Note, e.RequestID, observed(e),
	}
	// An internationalized domain is found in either of its spellings.
	for _, address := range []string{e.Actor.Email, e.Target.Email, e.Old, e.New} {
		text = append(text, emails.Variants(address)...)
	}
	return fold.String(strings.Join(text, "\n"))
}

// observed returns the words of an observation as pages show them, times in UTC.
func observed(e Event) string {
	if e.Observed.Since.IsZero() {
		return ""
	}
	since, until := e.Observed.Seconds()
	text := fmt.Sprintf("between %s and %s", since.Format(time.RFC3339), until.Format(time.RFC3339))
	switch {
	case e.Observed.Accounts > 1:
		text += fmt.Sprintf(" %d accounts at once, too many to tell one by one", e.Observed.Accounts)
	case e.Action == OutsideEmail:
		text += fmt.Sprintf(" from %s to %s", or(e.Old, "none"), or(e.New, "none"))
	}
	return text
}
