package wallaroo

import (
	"context"
	"io"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// opInvite is the only call whose answer contains a password.
const opInvite = "invite"

// Writer makes the calls that change accounts. It never retries one. It is safe
// for concurrent use.
type Writer struct{ client *Client }

// NewWriter returns a Writer for the instance of c, with its Timeout and its
// circuit breaker for single calls.
func NewWriter(c *Client) *Writer { return &Writer{client: c} }

// Invite creates an account for an email address (POST /v1/api/users/invite).
// Without a password, Wallaroo generates a temporary one that has to be changed
// at the first sign-in. ErrForbidden means that the licence's user limit is
// reached or the caller lacks the permission.
func (w *Writer) Invite(ctx context.Context, token, email, password string) (Invitation, error) {
	body := map[string]string{"email": email}
	if password != "" {
		body["password"] = password
	}
	var answer struct {
		ID       string `json:"id"`
		Password string `json:"password"`
	}
	err := w.client.post(ctx, w.client.single.Once, opInvite, token, body, maxSingle, func(res *http.Response) error {
		said, err := io.ReadAll(res.Body)
		if err == nil && json.Unmarshal(said, &answer) != nil {
			return outline(res, len(said)) // the decoder's error would quote the body
		}
		return err
	})
	if err != nil {
		return Invitation{}, err // without a partial answer or its password
	}
	return Invitation(answer), nil
}

// Activate enables the account with this email (POST /v1/api/users/activate);
// it then counts against the licence.
func (w *Writer) Activate(ctx context.Context, token, email string) error {
	return w.change(ctx, "activate", token, email)
}

// Deactivate disables the account with this email (POST
// /v1/api/users/deactivate). Its models and pipelines stay.
func (w *Writer) Deactivate(ctx context.Context, token, email string) error {
	return w.change(ctx, "deactivate", token, email)
}

func (w *Writer) change(ctx context.Context, op, token, email string) error {
	// The documented answer is {}; any JSON is accepted, since newer instances
	// may return more.
	return w.client.post(ctx, w.client.single.Once, op, token, map[string]string{"email": email}, maxSingle, func(res *http.Response) error {
		var any jsontext.Value
		return json.UnmarshalRead(res.Body, &any)
	})
}
