package templates

import (
	"net/url"
	"strings"

	"wallaroo-user-admin/web/static"
)

// Base is the path of the public URL, without a slash at its end: "" at the root of a host, "/admin" below one. Every
// address in a page is built from it.
type Base string

// URL returns the address of a path below the base: "/admin/users" for "/users". The path has to be escaped already.
func (b Base) URL(path string) string {
	return string(b) + path
}

// User returns the address of an account's page, or of a path below it: User(id, "deactivate").
func (b Base) User(id string, below ...string) string {
	parts := append([]string{string(b), "users", userSegment(id)}, below...)
	return strings.Join(parts, "/")
}

// plainMark is the prefix of an id that can't be a path segment as it is.
const plainMark = "~"

// userSegment encodes an id as a path segment. It adds plainMark to what would not reach the account's page: browsers
// resolve "." and ".." even if encoded, an empty segment is dropped, and /users/methods is a route.
func userSegment(id string) string {
	switch {
	case id == "", id == ".", id == "..", id == "methods", strings.HasPrefix(id, plainMark):
		return plainMark + url.PathEscape(id)
	default:
		return url.PathEscape(id)
	}
}

// UserID returns the id in a path segment made by [Base.User], as browsers send it. Ok is false if the escapes are wrong.
func UserID(segment string) (id string, ok bool) {
	id, err := url.PathUnescape(segment)
	return strings.TrimPrefix(id, plainMark), err == nil
}

// Asset returns the address of a file in web/static, with the hash of its content: "/static/app.8f05d6e76015.css" for
// "app.css".
func (b Base) Asset(name string) string {
	return string(b) + static.URL(name)
}
