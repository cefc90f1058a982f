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
	parts := append([]string{string(b), "users", url.PathEscape(id)}, below...)
	return strings.Join(parts, "/")
}

// Asset returns the address of a file in web/static, by its plain name.
func (b Base) Asset(name string) string {
	return string(b) + static.URL(name)
}

// Path returns what a cookie's Path attribute says for this base: never empty.
func (b Base) Path() string {
	return string(b) + "/"
}
