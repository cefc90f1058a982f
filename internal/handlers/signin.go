package handlers

import (
	"net/http"
	"net/url"
	"time"

	"wallaroo-user-admin/internal/auth"
	"wallaroo-user-admin/web/templates"
)

// signIn serves GET /login: it redirects to the identity provider, which
// returns to GET /callback and then to return_to.
func (s *site) signIn(w http.ResponseWriter, r *http.Request) error {
	return s.Auth.StartSignIn(w, r)
}

// callback serves GET /callback, the OIDC redirect URI. An outdated callback
// may come from a browser with a session, which its error page mentions.
func (s *site) callback(w http.ResponseWriter, r *http.Request) error {
	if err := s.Auth.Callback(w, r); err != nil {
		s.answer(w, s.withSession(r), err)
	}
	return nil
}

// withSession returns the request with the identity of its session if it has a
// valid one, for public pages.
func (s *site) withSession(r *http.Request) *http.Request {
	nobody := func(http.ResponseWriter, *http.Request, error) {}
	found := func(_ http.ResponseWriter, with *http.Request) { r = with }
	s.Auth.Require(nobody)(http.HandlerFunc(found)).ServeHTTP(nil, r)
	return r
}

// longestRefresh is the longest address, in bytes, sent in the header Refresh.
// Those with an ID token of many claims are longer; see [longestAddress].
const longestRefresh = 2 << 10

// signOut serves POST /logout: it ends the session here and redirects to the
// provider's end-session endpoint.
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
		// The provider is unreachable, or has no end-session endpoint.
		s.see(w, r, "/signed-out?here=1")
		return nil
	}
	v := templates.SigningOutView{Href: next, Host: host}
	if len(next) <= longestRefresh {
		w.Header().Set("Refresh", "0; url="+next)
	} else {
		v.Refresh = true
	}
	return s.page(w, r, http.StatusOK, templates.SigningOutPage(s.anonymous(r), v))
}

// backChannelLogout serves POST /backchannel-logout (OpenID Connect
// Back-Channel Logout 1.0, section 2.5). Every token is validated, and only
// invalid ones count against the limit: otherwise an attacker could block the
// provider's, which may share their address if an ingress is not configured as
// a trusted proxy. Validation costs at most a signature check; calls to the
// provider for keys are made one at a time, at most one each second while it
// answers. Rejections beyond the limit are not logged.
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

// signedOut serves GET /signed-out, the post-logout redirect URI.
func (s *site) signedOut(w http.ResponseWriter, r *http.Request) error {
	v := templates.SignedOutView{SignIn: s.Base.URL("/login"), ProviderEnded: r.URL.Query().Get("here") == ""}
	return s.page(w, r, http.StatusOK, templates.SignedOutPage(s.anonymous(r), v))
}

// anonymous returns the chrome of a page without a session.
func (s *site) anonymous(r *http.Request) templates.Chrome {
	c := s.chrome(r, templates.SectionNone)
	c.Me = nil
	return c
}
