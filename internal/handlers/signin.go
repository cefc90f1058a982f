package handlers

import (
	"net/http"
	"net/url"
	"time"

	"wallaroo-user-admin/internal/auth"
	"wallaroo-user-admin/web/templates"
)

// signIn serves GET /login: off to the identity provider, and then back to the
// page first asked for.
func (s *site) signIn(w http.ResponseWriter, r *http.Request) error {
	return s.Auth.StartSignIn(w, r)
}

// callback serves GET /callback: the identity provider's answer. A stale one may
// come from a browser that is signed in, and its page is to say so.
func (s *site) callback(w http.ResponseWriter, r *http.Request) error {
	if err := s.Auth.Callback(w, r); err != nil {
		s.answer(w, s.withSession(r), err)
	}
	return nil
}

// withSession returns the request with the identity of its session, if it has a
// good one: for pages that everybody may see.
func (s *site) withSession(r *http.Request) *http.Request {
	nobody := func(http.ResponseWriter, *http.Request, error) {}
	found := func(_ http.ResponseWriter, with *http.Request) { r = with }
	s.Auth.Require(nobody)(http.HandlerFunc(found)).ServeHTTP(nil, r)
	return r
}

// signOut serves POST /logout: our session ends here, the provider's where the
// answer leads.
func (s *site) signOut(w http.ResponseWriter, r *http.Request) error {
	next, err := s.Auth.SignOut(w, r)
	if auth.KindOf(err) == auth.StoreUnavailable {
		return &problem{
			status: http.StatusServiceUnavailable, title: "You could not be signed out",
			message: "Our database does not answer. Try again in a while, and don’t leave this browser to others before.",
			done:    "You are still signed in.", cause: err,
		}
	}
	if err != nil {
		return err
	}
	u, err := url.Parse(next)
	if err != nil {
		return err
	}
	host := u.Host
	if u.Scheme+"://"+u.Host == s.PublicOrigin {
		// The provider is out of reach, or has no end-session endpoint.
		s.see(w, r, "/signed-out?here=1")
		return nil
	}
	w.Header().Set("Refresh", "0; url="+next)
	return s.page(w, r, http.StatusOK, templates.SigningOutPage(s.anonymous(r), templates.SigningOutView{Href: next, Host: host}))
}

// backChannelLogout serves POST /backchannel-logout. Each token is judged, and
// only those that don't hold are counted: were they counted before, strangers
// could keep the provider's out, which may come from their address where an
// ingress is not named. To judge one costs no more than to show a page: a look at
// a signature at the most. Of calls to the provider there is one at a time, and
// a few a minute while it answers. Beyond the limit no refusal is logged.
func (s *site) backChannelLogout() http.HandlerFunc {
	refused := newLimiter(refusedLogoutsAMinute, time.Now())
	return func(w http.ResponseWriter, r *http.Request) {
		err := s.Auth.TakeLogout(w, r)
		if auth.LogoutRefused(err) {
			if wait := refused.take(byAddress(r), time.Now()); wait > 0 {
				s.tooMany(w, r, wait)
				return
			}
		}
		s.Auth.AnswerLogout(w, r, err)
	}
}

// signedOut serves GET /signed-out: where the provider sends the browser once
// its session has ended.
func (s *site) signedOut(w http.ResponseWriter, r *http.Request) error {
	v := templates.SignedOutView{SignIn: s.Base.URL("/login"), ProviderEnded: r.URL.Query().Get("here") == ""}
	return s.page(w, r, http.StatusOK, templates.SignedOutPage(s.anonymous(r), v))
}

// anonymous is the chrome of a page for nobody in particular.
func (s *site) anonymous(r *http.Request) templates.Chrome {
	c := s.chrome(r, templates.SectionNone)
	c.Me = nil
	return c
}
