// Package cookies names and makes the cookies of one site. Browsers keep cookies
// by host, whatever the port, and those of all paths together under the prefix
// __Host-, so that several sites on one host need names of their own.
package cookies

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Site makes the cookies of the site at one public URL. The zero value makes
// those of a site at http on loopback.
type Site struct {
	secure bool
	mark   string // tells sites on one host apart
}

// For returns the cookies of the site at publicURL, whose scheme, host, port and
// path decide about their names. Its cookies are Secure if it is https.
func For(publicURL *url.URL) Site {
	sum := sha256.Sum256([]byte(publicURL.Scheme + "://" + publicURL.Host + strings.TrimRight(publicURL.Path, "/")))
	return Site{secure: publicURL.Scheme == "https", mark: hex.EncodeToString(sum[:4]) + "-"}
}

// Name returns the name of the site's cookie for a purpose, such as "session",
// which is the name's end. Where cookies are Secure it begins with __Host-, so
// that no other host can set it (RFC 6265bis, section 4.1.3.2).
func (s Site) Name(purpose string) string {
	name := "wallaroo-" + s.mark + purpose
	if s.secure {
		return "__Host-" + name
	}
	return name
}

// New returns the cookie for a purpose. It is kept for life: 0 is until the
// browser ends, less takes it away. Scripts can't read it, no other host gets
// it, and no request that another site begins but by a link.
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

// Of returns the value of the request's cookie for a purpose, "" without one.
func (s Site) Of(r *http.Request, purpose string) string {
	c, err := r.Cookie(s.Name(purpose))
	if err != nil {
		return ""
	}
	return c.Value
}
