package auth

import (
	"net/url"
	"path"
	"strings"
	"unicode"
)

// returnLimit is the longest return address of a sign-in, in bytes. It is part of response headers, in Location and in
// the cookie of the pending sign-in, and reverse proxies limit these to 4 kB together.
const returnLimit = 512

// site is our own address, from the settings alone.
type site struct {
	origin string // scheme and host
	base   string // path without a slash at its end; "" at the root
}

func newSite(u *url.URL) site {
	return site{
		origin: u.Scheme + "://" + u.Host,
		base:   strings.TrimRight(u.EscapedPath(), "/"),
	}
}

func (s site) url(p string) string { return s.origin + s.base + p }

// home is where a sign-in ends that has no page to return to.
func (s site) home() string { return s.base + "/" }

// returnTo verifies where a sign-in may return to, as a browser reads it, and returns home for everything else. A good
// return is a path of this site with its query, in the plainest spelling: it begins with one slash, and decoded it is
// what a clean path is, with no dot segment, double slash, backslash, control character or space in any encoding. What
// needs repair is refused, since browsers and servers repair differently. Signing in or out is no place to return to.
// If it is longer than returnLimit, it is returned without its query.
func (s site) returnTo(raw string) string {
	if !strings.HasPrefix(raw, "/") || strings.HasPrefix(raw, "//") {
		return s.home()
	}
	if strings.ContainsFunc(raw, oddInURL) {
		return s.home()
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return s.home()
	}
	if strings.ContainsFunc(u.Path, unicode.IsControl) || strings.Contains(u.Path, `\`) || !isClean(u.Path) {
		return s.home()
	}
	base, err := url.PathUnescape(s.base)
	if err != nil {
		return s.home()
	}
	below, ok := strings.CutPrefix(u.Path, base)
	if !ok || !strings.HasPrefix(below, "/") || isSignInPath(below) {
		return s.home()
	}
	back := u.EscapedPath()
	if u.RawQuery != "" && len(back)+1+len(u.RawQuery) <= returnLimit {
		back += "?" + u.RawQuery
	}
	if len(back) > returnLimit {
		return s.home()
	}
	return back
}

// oddInURL reports whether browsers drop, trim or normalize r in a URL, or never send it unencoded.
func oddInURL(r rune) bool {
	return r == '\\' || r <= ' ' || r >= 0x7f
}

func isClean(p string) bool {
	clean := path.Clean(p)
	return p == clean || clean != "/" && p == clean+"/"
}

func isSignInPath(p string) bool {
	p = strings.TrimRight(p, "/")
	for _, own := range []string{PathLogin, PathCallback, PathLogout, PathSignedOut, PathBackChannelLogout} {
		if strings.EqualFold(p, own) || len(p) > len(own) && strings.EqualFold(p[:len(own)+1], own+"/") {
			return true
		}
	}
	return false
}
