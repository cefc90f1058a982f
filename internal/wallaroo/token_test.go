package wallaroo_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"wallaroo-user-admin/internal/wallaroo"
)

var (
	errNoToken  = errors.New("no token")
	errRefused  = &wallaroo.Error{Op: "activate", Kind: wallaroo.ErrUnauthorized, Status: 401, Sent: true}
	errInDoubt  = &wallaroo.Error{Op: "activate", Kind: wallaroo.ErrServer, Status: 503, Sent: true}
	errNoRights = &wallaroo.Error{Op: "activate", Kind: wallaroo.ErrForbidden, Status: 403, Sent: true}
)

// twoTokens returns "first", and "second" after the first was refused.
type twoTokens struct{ noFirst, noSecond error }

func (t twoTokens) Token(context.Context) (string, error) { return "first", t.noFirst }

func (t twoTokens) Renew(_ context.Context, refused string) (string, error) {
	if refused != "first" {
		return "", errors.New("asked to renew " + refused)
	}
	return "second", t.noSecond
}

func TestACallIsMadeAgainOnlyAfterItsTokenWasRefused(t *testing.T) {
	for name, row := range map[string]struct {
		tokens  twoTokens
		answers []error
		sent    []string
		want    []error
	}{
		"it works":                      {answers: []error{nil}, sent: []string{"first"}},
		"the token is refused":          {answers: []error{errRefused, nil}, sent: []string{"first", "second"}},
		"both tokens are refused":       {answers: []error{errRefused, errRefused}, sent: []string{"first", "second"}, want: []error{errRefused}},
		"in doubt":                      {answers: []error{errInDoubt}, sent: []string{"first"}, want: []error{errInDoubt}},
		"in doubt with the renewed one": {answers: []error{errRefused, errInDoubt}, sent: []string{"first", "second"}, want: []error{errInDoubt}},
		"forbidden":                     {answers: []error{errNoRights}, sent: []string{"first"}, want: []error{errNoRights}},
		"there is no token":             {tokens: twoTokens{noFirst: errNoToken}, want: []error{errNoToken}},
		"it can't be renewed":           {tokens: twoTokens{noSecond: errNoToken}, answers: []error{errRefused}, sent: []string{"first"}, want: []error{errNoToken, wallaroo.ErrUnauthorized}},
	} {
		t.Run(name, func(t *testing.T) {
			var sent []string
			got, err := wallaroo.WithToken(t.Context(), row.tokens, func(token string) (int, error) {
				sent = append(sent, token)
				return len(sent), row.answers[len(sent)-1]
			})
			if !slices.Equal(sent, row.sent) || (err == nil) != (row.want == nil) || err == nil && got != len(sent) {
				t.Errorf("%d, %v; sent with %q", got, err, sent)
			}
			for _, want := range row.want {
				if !errors.Is(err, want) {
					t.Errorf("%v is not %v", err, want)
				}
			}
		})
	}
}
