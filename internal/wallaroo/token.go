package wallaroo

import (
	"context"
	"errors"
)

// Tokens returns the access tokens of one administrator.
type Tokens interface {
	// Token returns a token that is valid now.
	Token(ctx context.Context) (string, error)
	// Renew returns a new token after the API refused this one.
	Renew(ctx context.Context, refused string) (string, error)
}

// WithToken makes a call of a [Client] or a [Writer] with the administrator's
// token and, after ErrUnauthorized (nothing was done), once more with a renewed
// one. It returns the error of call or of tokens; if the renewal fails, the
// error wraps both the renewal's and ErrUnauthorized.
func WithToken[T any](ctx context.Context, tokens Tokens, call func(token string) (T, error)) (T, error) {
	var none T
	token, err := tokens.Token(ctx)
	if err != nil {
		return none, err
	}
	answer, err := call(token)
	if !errors.Is(err, ErrUnauthorized) {
		return answer, err
	}
	renewed, renewErr := tokens.Renew(ctx, token)
	if renewErr != nil {
		return none, errors.Join(renewErr, err)
	}
	return call(renewed)
}
