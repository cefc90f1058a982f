package templates

import (
	"net/url"
	"strings"

	"wallaroo-user-admin/web/static"
)

// Base is the path of the public URL, without a slash at its end: "" at the root of a host, "/admin" below one. Every
// address in a page is built from it.
type Base string

// URL returns the address of a path of ours, which begins with a slash and is escaped already: "/admin/users".
func (b Base) URL(path string) string {
	return string(b) + path
}

// User returns the address of an account's page, or of what lies below it: User(id, "deactivate").
func (b Base) User(id string, below ...string) string {
	parts := append([]string{string(b), "users", userSegment(id)}, below...)
	return strings.Join(parts, "/")
}

// plainMark stands before an id that could not be a path's segment as it is.
const plainMark = "~"

// userSegment returns an id as a path's segment. Browsers resolve dot segments, encoded ones too, an empty one is none,
// and "methods" is a page of ours.
func userSegment(id string) string {
	switch {
	case id == "", id == ".", id == "..", id == "methods", strings.HasPrefix(id, plainMark):
		return plainMark + url.PathEscape(id)
	default:
		return url.PathEscape(id)
	}
}

// UserID returns the id in a path's segment, which is escaped as browsers send it, or ok false if it is none.
func UserID(segment string) (id string, ok bool) {
	id, err := url.PathUnescape(segment)
	return strings.TrimPrefix(id, plainMark), err == nil
}

// Asset returns the address of a file in web/static, by its plain name.
func (b Base) Asset(name string) string {
	return string(b) + static.URL(name)
}

// Path returns what a cookie's Path attribute says for this base: never empty.
func (b Base) Path() string {
	return string(b) + "/"
}
