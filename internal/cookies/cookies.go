// Package cookies creates the cookies of one site. Browsers share cookies between
// the ports of a host, and those with the prefix __Host- between all its paths,
// so several sites on one host need distinct names.
package cookies

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Site creates the cookies of the site at one public URL. The zero value is for a
// site at http on loopback.
type Site struct {
	secure bool
	mark   string // distinguishes sites on one host
}

// For returns the Site of publicURL. Cookie names depend on its scheme, host, port
// and path; cookies are Secure if it is https.
func For(publicURL *url.URL) Site {
	sum := sha256.Sum256([]byte(publicURL.Scheme + "://" + publicURL.Host + strings.TrimRight(publicURL.Path, "/")))
	return Site{secure: publicURL.Scheme == "https", mark: hex.EncodeToString(sum[:4]) + "-"}
}

// Name returns the name of the site's cookie for a purpose, such as "session",
// with the purpose as its suffix. A Secure cookie has the prefix __Host-, so that
// no other host can set it (RFC 6265bis section 4.1.3.2).
func (s Site) Name(purpose string) string {
	name := "wallaroo-" + s.mark + purpose
	if s.secure {
		return "__Host-" + name
	}
	return name
}

// New returns the cookie for a purpose. life is its Max-Age, in whole seconds: 0
// makes a session cookie, a negative life expires the cookie. It is HttpOnly,
// host-only and SameSite=Lax.
func (s Site) New(purpose, value string, life time.Duration) *http.Cookie {
	maxAge := int(life / time.Second)
	if life < 0 {
		value, maxAge = "", -1
	}
	return &http.Cookie{ //nolint:gosec // Secure unless the site is http on loopback
		Name: s.Name(purpose), Value: value, Path: "/", MaxAge: maxAge,
		Secure: s.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// Of returns the value of the request's cookie for a purpose, or "".
func (s Site) Of(r *http.Request, purpose string) string {
	c, err := r.Cookie(s.Name(purpose))
	if err != nil {
		return ""
	}
	return c.Value
}
