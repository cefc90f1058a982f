package handlers

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"

	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/web/templates"
)

// feedLength is how many of an account's events its page shows.
const feedLength = 8

// showUser serves GET /users/{id}: everything known of one account.
func (s *site) showUser(w http.ResponseWriter, r *http.Request) error {
	c := s.chrome(r, templates.SectionUsers)
	v, err := s.userView(r, userID(r))
	if err != nil {
		return err
	}
	c.Toast = s.takeToast(w, r)
	return s.either(w, r, templates.UserPage(c, v), templates.UserFragment(c, v))
}

// userID returns the account's id in the request's path. A router that matched the
// path in its escaped form, as chi does where that says more, returns the
// parameter escaped.
func userID(r *http.Request) string {
	segment := chi.URLParam(r, "id")
	if r.URL.RawPath == "" {
		segment = url.PathEscape(segment)
	}
	id, ok := templates.UserID(segment)
	if !ok {
		return segment // no account's
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
		ID: a.ID, Name: a.Name(), First: a.FirstName, Initials: initials(a.Name()),
		Email: a.Email, Username: a.Username, FirstName: a.FirstName, LastName: a.LastName,
		EmailVerified: a.EmailVerified, Active: a.Enabled, You: me.Owns(a), Protected: s.Changes.Protects(a),
		Locked: s.locked(me, a),
		Return: templates.Base("").User(a.ID), Self: s.Base.User(a.ID), Console: s.Console(a.ID),
		Exempt: a.Exempt(), Problems: problems(a),
		FederationsKnown: a.FederatedKnown, RequiredActions: a.RequiredActions,
		RealmRoles: a.RealmRoles, RolesKnown: d.RolesKnown,
		Created:    moment(a.Created, z, templates.DayTime),
		LastSignIn: templates.SignIn{Known: a.LastLogin.Known, At: moment(a.LastLogin.At, z, templates.DayTime)},
		All:        s.Base.URL("/activity?" + url.Values{"user": {a.ID}}.Encode()),
		Raw:        indented(d.Raw), RawAt: moment(d.ReadAt, z, templates.DayTime),
	}
	for _, f := range a.Flags() {
		v.Access = append(v.Access, templates.Access{Flag: f.Name, Allowed: f.Allowed})
	}
	for _, f := range a.FederatedIdentities {
		v.Federations = append(v.Federations, templates.Federation{Provider: providerName(f.Provider), As: firstOf(f.UserName, f.UserID)})
	}
	for _, other := range d.Sharing {
		v.Shared = append(v.Shared, templates.Person{ID: other.ID, Name: other.Name()})
	}
	return v
}

// indented lays JSON out for reading; what isn't JSON stays as it is.
func indented(raw []byte) string {
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return strings.ToValidUTF8(string(raw), "\uFFFD")
	}
	return strings.ToValidUTF8(b.String(), "\uFFFD")
}
