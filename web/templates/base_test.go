package templates

import (
	"net/url"
	"testing"
)

func TestBaseBuildsAddresses(t *testing.T) {
	tests := []struct{ name, got, want string }{
		{"at the root", Base("").URL("/users"), "/users"},
		{"below a path", Base("/admin").URL("/users"), "/admin/users"},
		{"an account", Base("/admin").User("7f1c", "deactivate"), "/admin/users/7f1c/deactivate"},
		{"an id with a slash and dots stays one segment", Base("").User("../a b?c#d"), "/users/" + url.PathEscape("../a b?c#d")},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}
