package handlers

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"

	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/emails"
	"wallaroo-user-admin/internal/wallaroo"
	"wallaroo-user-admin/web/templates"
)

// feedLength is the number of events on an account's page.
const feedLength = 8

// showUser serves GET /users/{id}: the details, diagnosis and latest events of
// one account.
func (s *site) showUser(w http.ResponseWriter, r *http.Request) error {
	c := s.chrome(r, templates.SectionUsers)
	v, err := s.userView(r, userID(r))
	if err != nil {
		return err
	}
	c.Toast = s.takeToast(w, r)
	return s.either(w, r, templates.UserPage(c, v), templates.UserFragment(c, v))
}

// userID returns the account id in the request's path. chi returns a path
// parameter escaped if it matched URL.RawPath.
func userID(r *http.Request) string {
	segment := chi.URLParam(r, "id")
	if r.URL.RawPath == "" {
		segment = url.PathEscape(segment)
	}
	id, ok := templates.UserID(segment)
	if !ok {
		return segment // no account has such an id
	}
	return id
}

func (s *site) userView(r *http.Request, id string) (templates.UserView, error) {
	me := caller(r)
	d, err := s.Directory.Account(r.Context(), me, id, directory.ReadOptions{Wait: firstWait})
	if err != nil {
		return templates.UserView{}, err
	}
	v := s.accountView(r, me, d)
	v.Events, err = s.feed(r, id, d.Email)
	return v, err
}

func (s *site) accountView(r *http.Request, me directory.Caller, d directory.Details) templates.UserView {
	a, z := d.Account, s.zones.of(r)
	v := templates.UserView{
		ID: a.ID, Name: bounded(a.Name()), First: bounded(firstOf(a.FirstName, a.Name())), Initials: initials(a.Name()),
		Email: bounded(a.Email), Username: bounded(a.Username), FirstName: bounded(a.FirstName), LastName: bounded(a.LastName),
		EmailVerified: a.EmailVerified == wallaroo.True, Status: templates.Status(a.Status()), You: me.Owns(a), Protected: s.Changes.Protects(a),
		Locked: s.locked(me, a),
		Return: templates.Base("").User(a.ID), Self: s.Base.User(a.ID), Console: s.Console(a.ID),
		Exempt: a.Exempt(), Issues: issues(a),
		FederationsKnown: a.FederatedKnown, RequiredActions: boundedAll(a.RequiredActions), ActionsKnown: a.RequiredActions != nil,
		RealmRoles: boundedAll(a.RealmRoles), RolesKnown: a.RealmRoles != nil,
		Created:    moment(a.Created, z, templates.DayTime),
		LastSignIn: templates.SignIn{Known: a.LastLogin.Known, At: moment(a.LastLogin.At, z, templates.DayTime)},
		All:        s.Base.URL("/activity?" + url.Values{"user": {a.ID}}.Encode()),
		RawAt:      moment(d.ReadAt, z, templates.DayTime),
	}
	username, email := emails.Compare(v.Username, v.Email)
	v.Compared.Username, v.Compared.Email = comparedText(username), comparedText(email)
	v.Malformed = comparedText(emails.Unseen(v.Email))
	s.addRaw(&v, d.Raw)
	for _, f := range a.Flags() {
		v.Access = append(v.Access, templates.Access{Flag: f.Name, Allowed: f.Allowed})
	}
	for _, f := range a.FederatedIdentities[:min(len(a.FederatedIdentities), mostEntries)] {
		v.Federations = append(v.Federations, templates.Federation{Provider: bounded(providerName(f.Provider)), As: bounded(firstOf(f.UserName, f.UserID))})
	}
	for _, other := range d.Sharing {
		v.Shared = append(v.Shared, templates.Person{ID: other.ID, Name: other.Name()})
	}
	return v
}

func comparedText(c emails.Compared) templates.ComparedText {
	t := templates.ComparedText{Characters: c.Names}
	for _, p := range c.Parts {
		t.Segments = append(t.Segments, templates.Segment{Text: p.Shown(), Match: p.Differs})
	}
	return t
}

// rawShown limits how much of the API's answer an account's page shows, in
// bytes of indented JSON: an attribute may be an image of several megabytes.
const rawShown = 16 << 10

// addRaw adds the API's answer to the page, or its beginning and a link to the
// rest.
func (s *site) addRaw(v *templates.UserView, raw []byte) {
	// Indenting a huge answer only to show its beginning would be wasted.
	whole := len(raw)
	if v.Raw = indented(raw[:min(whole, 4*rawShown)]); len(v.Raw) <= rawShown && whole <= 4*rawShown {
		return
	}
	v.Raw = strings.ToValidUTF8(v.Raw[:min(len(v.Raw), rawShown)], "")
	v.RawRest, v.RawShown, v.RawWhole = s.Base.User(v.ID, "raw"), size(len(v.Raw)), size(whole)
}

// indented returns JSON indented; anything else is returned unchanged.
func indented(raw []byte) string {
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return strings.ToValidUTF8(string(raw), "\uFFFD")
	}
	return strings.ToValidUTF8(b.String(), "\uFFFD")
}

// showRaw serves GET /users/{id}/raw: the API's complete answer for one
// account.
func (s *site) showRaw(w http.ResponseWriter, r *http.Request) error {
	d, err := s.Directory.Account(r.Context(), caller(r), userID(r), directory.ReadOptions{Wait: firstWait})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if r.Method != http.MethodHead {
		_, _ = w.Write(d.Raw)
	}
	return nil
}

const (
	// mostText (characters) and mostEntries limit how much of an account's
	// attributes a page shows, since their length is not under our control.
	mostText    = 500
	mostEntries = 50
)

func bounded(text string) string { return shortened(text, mostText) }

func boundedAll(texts []string) []string {
	if texts == nil {
		return nil
	}
	all := []string{}
	for _, text := range texts[:min(len(texts), mostEntries)] {
		all = append(all, bounded(text))
	}
	return all
}
