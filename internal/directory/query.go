package directory

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"wallaroo-user-admin/internal/fold"
)

// MaxQuery is the maximum length of a search, in characters.
const MaxQuery = 1000

// QueryError reports an invalid term of a search, and what is valid.
type QueryError struct {
	// Message is a complete sentence for the page.
	Message string
}

func (e *QueryError) Error() string { return e.Message }

// Query is a parsed search; an account matches if all terms do.
type Query struct {
	// Marks are the folded plain words, to highlight the matches.
	Marks []string
	// words are the plain words; the account's text has to contain one word of
	// each group.
	words [][]string
	tests []test
	// tokens are the parts of the text that may be complete ids, unfolded.
	tokens []string
	// otherwise is the fallback if no account matches: a search for just the
	// ids or addresses in the text, without its other words. May be nil.
	otherwise *Query
}

type test func(*Account) bool

// ParseQuery parses a search. A plain word or a "quoted phrase" matches any
// part of the email, username, names or id. Fielded terms are status:, health:,
// trouble:, domain:, id:, created:, login:, action: and is:. A pasted line (of
// a log or mail) that contains user ids or email addresses becomes a search for
// those; complete ids of existing accounts take precedence, see
// [Snapshot.List]. Everything is folded by [fold.String], also the syntax:
// quotes may be typographic. Dates such as created:7d are relative to now. The
// error is a *QueryError.
func ParseQuery(text string, now time.Time) (*Query, error) {
	q, err := parseQuery(text, now)
	if err != nil {
		return nil, err
	}
	q.tokens = tokensOf(text)
	return q, nil
}

func parseQuery(text string, now time.Time) (*Query, error) {
	tooLong := utf8.RuneCountInString(text) > MaxQuery
	text = fold.String(text)
	found := addressed(text)
	if tooLong {
		if len(found) > 0 {
			return searchFor(found), nil
		}
		return nil, &QueryError{Message: fmt.Sprintf("This search is too long. Use at most %d characters.", MaxQuery)}
	}
	if len(found) > 0 && isPasted(text) {
		return searchFor(found), nil
	}
	q := &Query{}
	for _, term := range splitTerms(text) {
		if err := q.add(term, now); err != nil {
			if len(found) > 0 && (isLine(text) || !fieldPattern.MatchString(text)) {
				return searchFor(found), nil
			}
			return nil, err
		}
	}
	if len(found) > 0 && len(q.tests) == 0 {
		q.otherwise = searchFor(found)
		q.Marks = append(q.Marks, found...)
	}
	return q, nil
}

// Pasted returns the ids in a pasted text, else the email addresses in it: what
// a long text is searched for. Each is returned once, as written, and at most
// mostPasted.
func Pasted(text string) []string {
	return addressed(strings.ToValidUTF8(text, " "))
}

// tokensOf returns the text itself and its space-separated parts, with and
// without surrounding punctuation and a leading name ("user=…").
func tokensOf(text string) []string {
	whole := strings.TrimSpace(text)
	tokens := []string{whole}
	for _, field := range strings.Fields(whole) {
		_, value, _ := strings.Cut(field, "=")
		for _, token := range []string{field, value} {
			tokens = append(tokens, token, strings.Trim(token, "\"'`“”„‘’«»<>()[]{}.,;:!?"))
		}
	}
	return tokens
}

// known returns a search for the accounts whose complete id is in the text of
// q; q if there are none.
func (s *Snapshot) known(q *Query) *Query {
	if q == nil {
		return nil
	}
	ids := make(map[string]bool)
	var marks []string
	for _, token := range q.tokens {
		if _, found := s.byID[token]; found && !ids[token] {
			ids[token] = true
			marks = append(marks, fold.String(token))
		}
	}
	if len(ids) == 0 {
		return q
	}
	return &Query{Marks: marks, tests: append([]test{func(a *Account) bool { return ids[a.ID] }}, q.tests...)}
}

// searchFor returns a search for accounts with any of the ids or addresses.
func searchFor(found []string) *Query {
	return &Query{Marks: found, words: [][]string{found}}
}

// Match reports whether the account matches all terms.
func (q *Query) Match(a *Account) bool {
	text := foldUser(a.User)
	for _, words := range q.words {
		if !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) }) {
			return false
		}
	}
	for _, t := range q.tests {
		if !t(a) {
			return false
		}
	}
	return true
}

func (q *Query) add(term string, now time.Time) error {
	name, value, fielded := strings.Cut(term, ":")
	if !fielded || strings.HasPrefix(term, `"`) || !isWord(name) {
		word := strings.TrimSpace(strings.Trim(term, `"`)) // « French »
		if word != "" {
			q.Marks = append(q.Marks, word)
			q.words = append(q.words, []string{word})
		}
		return nil
	}
	t, err := fieldTest(name, strings.Trim(value, `"`), now)
	if err != nil {
		return err
	}
	q.tests = append(q.tests, t)
	return nil
}

// splitTerms splits at white space outside double quotes.
func splitTerms(text string) []string {
	quoted := false
	return strings.FieldsFunc(text, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return !quoted && unicode.IsSpace(r)
	})
}

func isWord(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }) < 0
}

var (
	// Keycloak's id of a user from user storage (f:<provider id>:<external
	// id>): the provider's id is not a user's.
	storagePattern = regexp.MustCompile(`(?i)f:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}:[^\s"'<>]*[^\s"'<>.,;:)\]}]`)
	uuidPattern    = regexp.MustCompile(`(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	emailPattern   = regexp.MustCompile(`[\p{L}\p{N}._%+\-]+@[\p{L}\p{N}\-]+(\.[\p{L}\p{N}\-]+)+`)
	fieldPattern   = regexp.MustCompile(`(^|\s)(` + strings.Join(fieldNames(), "|") + `):\S`)
)

// isPasted reports whether the text is a line of a log or mail rather than a
// typed search: it has words beside an id or an address, which no account could
// match.
func isPasted(text string) bool {
	return (isLine(text) || strings.ContainsAny(text, `=<>{}[]`)) && !fieldPattern.MatchString(text)
}

// isLine reports whether a text has more words than a typed search.
func isLine(text string) bool { return len(strings.Fields(text)) >= 4 }

// mostPasted is how many ids or addresses of a pasted text are searched for.
const mostPasted = 10

// addressed returns the ids in a text, else the email addresses, each once.
func addressed(text string) []string {
	for _, p := range []*regexp.Regexp{storagePattern, uuidPattern, emailPattern} {
		var found []string
		for _, one := range p.FindAllString(text, -1) {
			if len(found) < mostPasted && !slices.Contains(found, one) {
				found = append(found, one)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}
