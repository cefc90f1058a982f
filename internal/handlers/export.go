package handlers

import (
	"encoding/csv"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/wallaroo"
	"wallaroo-user-admin/web/templates"
)

// exported is one account in an export. Times are RFC 3339 in UTC; in CSV,
// lists are separated by spaces. What the API does not say is "unknown" or empty in
// CSV, and "unknown" or null in JSON.
type exported struct {
	ID              string        `json:"id"`
	Email           string        `json:"email"`
	Username        string        `json:"username"`
	FirstName       string        `json:"first_name"`
	LastName        string        `json:"last_name"`
	Status          string        `json:"status"`
	Issues          []string      `json:"problems"`
	EmailVerified   wallaroo.Bool `json:"email_verified"`
	RequiredActions []string      `json:"required_actions"`
	Roles           []string      `json:"roles"`
	LastSignIn      string        `json:"last_sign_in"`
	Created         string        `json:"created"`
}

func exportedHead() []string {
	return []string{
		"id", "email", "username", "first_name", "last_name", "status", "problems",
		"email_verified", "required_actions", "roles", "last_sign_in", "created",
	}
}

func (e exported) cells() []string {
	return []string{
		e.ID, e.Email, e.Username, e.FirstName, e.LastName, e.Status, strings.Join(e.Issues, " "),
		e.EmailVerified.String(), strings.Join(e.RequiredActions, " "), strings.Join(e.Roles, " "), e.LastSignIn, e.Created,
	}
}

func exportOf(a *directory.Account) exported {
	e := exported{
		ID: a.ID, Email: a.Email, Username: a.Username, FirstName: a.FirstName, LastName: a.LastName, Status: string(a.Status()),
		Issues: []string{}, EmailVerified: a.EmailVerified, RequiredActions: a.RequiredActions, Roles: a.RealmRoles,
		LastSignIn: exportTime(a.LastLogin.At), Created: exportTime(a.Created),
	}
	if a.Status() == directory.Deactivated {
		e.Status = "deactivated"
	}
	switch {
	case !a.LastLogin.Known:
		e.LastSignIn = "unknown"
	case a.LastLogin.Never():
		e.LastSignIn = "never"
	}
	for _, t := range a.Issues {
		e.Issues = append(e.Issues, string(t))
	}
	return e
}

func exportTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// exportCSV serves GET /users.csv: all accounts that match the query, not only
// one page of them.
func (s *site) exportCSV(w http.ResponseWriter, r *http.Request) error {
	return s.export(w, r, "csv", "text/csv; charset=utf-8", writeCSV)
}

// exportJSON serves GET /users.json: the same as a JSON array of objects.
func (s *site) exportJSON(w http.ResponseWriter, r *http.Request) error {
	return s.export(w, r, "json", "application/json", writeJSON)
}

// export streams the accounts. Since personal data leaves the system, the audit
// event is written before the first byte. A HEAD request sends no data and
// writes no event.
func (s *site) export(w http.ResponseWriter, r *http.Request, format, contentType string, write func(io.Writer, []*directory.Account) error) error {
	reading, err := s.Directory.Read(r.Context(), caller(r), directory.ReadOptions{})
	if err != nil {
		return err
	}
	asked, fault := s.readUsersParams(r).directory(s.nowOf(r))
	if fault != "" {
		return &problem{status: http.StatusUnprocessableEntity, title: "This search can’t be exported", message: fault}
	}
	accounts := reading.All(asked)
	if r.Method != http.MethodHead {
		if err := s.recordExport(r, len(accounts), format); err != nil {
			return err
		}
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="users-%s.%s"`, s.now().UTC().Format("2006-01-02"), format))
	if r.Method == http.MethodHead {
		return nil
	}
	if err := write(w, accounts); err != nil {
		// The status is already sent: abort the connection, so that the client
		// can't mistake a truncated file for a complete one.
		s.log.Info("an export broke off", slog.String("request_id", requestID(r.Context())), slog.Any("error", err))
		panic(http.ErrAbortHandler)
	}
	return nil
}

func (s *site) recordExport(r *http.Request, accounts int, format string) error {
	e := event(r, audit.Export)
	e.Detail = templates.Count(accounts, "user", "users") + " as " + strings.ToUpper(format)
	if _, err := s.Audit.Record(r.Context(), e); err != nil {
		return databaseProblem(err)
	}
	return nil
}

// byteOrderMark makes spreadsheet programs read the file as UTF-8.
const byteOrderMark = "\uFEFF"

func writeCSV(w io.Writer, accounts []*directory.Account) error {
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return err
	}
	// Rows end in LF: with UseCRLF, csv.Writer would drop carriage returns from
	// field values.
	out := csv.NewWriter(w)
	if err := out.Write(exportedHead()); err != nil {
		return err
	}
	for _, a := range accounts {
		cells := exportOf(a).cells()
		for i := range cells {
			cells[i] = safeCell(cells[i])
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// formula finds what a spreadsheet takes for the beginning of a formula: at the
// cell's beginning, and behind what separates cells or rows where the file is
// opened with another separator than the comma, as Excel does in many locales.
var formula = regexp.MustCompile(`(^|[,;|\t\r\n])([\s"]*)([=+\-@＝＋－＠])`)

// safeCell keeps a spreadsheet from taking a text for a formula: an apostrophe
// before it makes it text (OWASP, CSV Injection).
func safeCell(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	s = formula.ReplaceAllString(s, "$1$2'$3")
	if s != "" && strings.ContainsRune("\t\r\n\uFFFD", []rune(s)[0]) {
		return "'" + s
	}
	return s
}

func writeJSON(w io.Writer, accounts []*directory.Account) error {
	out := jsontext.NewEncoder(w, jsontext.Multiline(true), jsontext.AllowInvalidUTF8(true), json.FormatNilSliceAsNull(true))
	if err := out.WriteToken(jsontext.BeginArray); err != nil {
		return err
	}
	for _, a := range accounts {
		if err := json.MarshalEncode(out, exportOf(a)); err != nil {
			return err
		}
	}
	return out.WriteToken(jsontext.EndArray)
}
