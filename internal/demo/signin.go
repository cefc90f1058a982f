package demo

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// signInForm serves GET /login-actions/authenticate: the form, or a redirect back if the browser is signed in already.
func (p *provider) signInForm(w http.ResponseWriter, r *http.Request) {
	asked := p.store.pending(r.FormValue("id"))
	if asked == nil {
		p.expired(w)
		return
	}
	if signedIn := p.sessionOf(r); signedIn != nil && asked.accepts(signedIn) {
		a, ok := p.users.get(signedIn.userID)
		if ok && a.enabled && !a.mustSetPassword() {
			p.goOn(w, r, asked.id, signedIn.userID, false)
			return
		}
	}
	if asked.silent() {
		ctx := op.ContextWithIssuer(r.Context(), p.issuer)
		op.AuthRequestError(w, r.WithContext(ctx), asked, oidc.ErrLoginRequired(), p.op)
		return
	}
	p.page(w, http.StatusOK, "signin", form{ID: asked.id, Login: asked.asked.LoginHint})
}

// signIn serves POST /login-actions/authenticate.
func (p *provider) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	asked := p.store.pending(r.PostFormValue("id"))
	if asked == nil {
		p.expired(w)
		return
	}
	login := r.PostFormValue("username")
	a, err := p.users.authenticate(login, r.PostFormValue("password"))
	switch {
	case errors.Is(err, errDisabled):
		p.page(w, http.StatusForbidden, "signin", form{ID: asked.id, Login: login, Problem: "Account is disabled, contact your administrator."})
	case err != nil:
		p.page(w, http.StatusUnauthorized, "signin", form{ID: asked.id, Login: login, Problem: "Invalid username or password."})
	case a.mustSetPassword():
		p.store.awaitPassword(asked.id, a.id)
		http.Redirect(w, r, p.issuer+actionPath+"?id="+url.QueryEscape(asked.id), http.StatusSeeOther)
	default:
		p.goOn(w, r, asked.id, a.id, true)
	}
}

// passwordForm serves GET /login-actions/required-action.
func (p *provider) passwordForm(w http.ResponseWriter, r *http.Request) {
	asked := p.store.pending(r.FormValue("id"))
	if asked == nil || asked.passwordOf == "" {
		p.expired(w)
		return
	}
	p.page(w, http.StatusOK, "password", form{ID: asked.id})
}

// setPassword serves POST /login-actions/required-action.
func (p *provider) setPassword(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	asked := p.store.pending(r.PostFormValue("id"))
	if asked == nil || asked.passwordOf == "" {
		p.expired(w)
		return
	}
	fresh, again := r.PostFormValue("password-new"), r.PostFormValue("password-confirm")
	switch {
	case fresh == "":
		p.page(w, http.StatusUnprocessableEntity, "password", form{ID: asked.id, Problem: "Please specify a password."})
		return
	case fresh != again:
		p.page(w, http.StatusUnprocessableEntity, "password", form{ID: asked.id, Problem: "Passwords don't match."})
		return
	}
	if a, ok := p.users.get(asked.passwordOf); !ok || !a.enabled {
		p.page(w, http.StatusForbidden, "signin", form{ID: asked.id, Problem: "Account is disabled, contact your administrator."})
		return
	}
	p.users.setPassword(asked.passwordOf, fresh)
	p.goOn(w, r, asked.id, asked.passwordOf, true)
}

// goOn completes the sign-in: it sets the session cookie and redirects to the application with the code.
func (p *provider) goOn(w http.ResponseWriter, r *http.Request, id, userID string, fresh bool) {
	signedIn, ok := p.store.complete(id, p.sessionOf(r), userID, fresh)
	if !ok {
		p.expired(w)
		return
	}
	p.users.signedIn(userID)
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure except for http on loopback, where browsers would drop it
		Name: p.cookie, Value: signedIn.id + "." + signedIn.secret, Path: realmPath + "/",
		HttpOnly: true, Secure: p.secure, SameSite: http.SameSiteLaxMode,
	})
	http.Redirect(w, r, p.issuer+authPath+"/callback?id="+url.QueryEscape(id), http.StatusSeeOther)
}

// sessionOf returns the browser's session, or nil.
func (p *provider) sessionOf(r *http.Request) *session {
	c, err := r.Cookie(p.cookie)
	if err != nil {
		return nil
	}
	id, secret, _ := strings.Cut(c.Value, ".")
	found := p.store.session(id)
	if found == nil || subtle.ConstantTimeCompare([]byte(found.secret), []byte(secret)) != 1 {
		return nil
	}
	return found
}

// deny redirects the browser to the application with an error (OpenID Connect Core 1.0, section 3.1.2.6). code is the
// error; access_denied when empty.
func (p *provider) deny(w http.ResponseWriter, r *http.Request, code string) {
	p.likeKeycloak(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked, err := op.ParseAuthorizeRequest(r, p.op.Decoder())
		if err == nil {
			err = op.ValidateAuthReqRedirectURI(p.client, asked.RedirectURI, asked.ResponseType)
		}
		if err != nil {
			op.AuthRequestError(w, r, nil, err, p.op)
			return
		}
		denied := oidc.ErrAccessDenied()
		if code != "" {
			denied = new(oidc.Error)
			// The field's type is not exported.
			err = json.Unmarshal([]byte(`{"error":`+strconv.Quote(code)+`}`), denied)
		}
		if err != nil {
			p.log.Error("the demo provider can't use the error code of a fault", "error", err)
		}
		op.AuthRequestError(w, r, asked, denied, p.op)
	})).ServeHTTP(w, r)
}

func (p *provider) expired(w http.ResponseWriter) {
	p.page(w, http.StatusBadRequest, "message", message{
		Title: "This sign-in is over",
		Text:  "It has expired or is done already. Go back to the application and sign in again.",
	})
}
