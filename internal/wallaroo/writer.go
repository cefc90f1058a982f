package wallaroo

import (
	"context"
	"io"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// opInvite is the call whose answers hold a password.
const opInvite = "invite"

// Writer makes the calls that change accounts. Each is sent once, whatever
// becomes of it. It is safe for concurrent use.
type Writer struct{ client *Client }

// NewWriter makes a Writer that calls the same instance as c, within the time
// limit of the single calls of c; both stop together while it does not answer.
func NewWriter(c *Client) *Writer { return &Writer{client: c} }

// Invite makes an account for an email address (POST /v1/api/users/invite).
// Without a password Wallaroo makes a temporary one, to be changed at the first
// sign-in. ErrForbidden is the licence's user limit or a caller who may not.
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
			return outline(res, len(said)) // the decoder's error would quote what it can't read
		}
		return err
	})
	if err != nil {
		return Invitation{}, err // not half an answer, nor a password that nobody is shown
	}
	return Invitation(answer), nil
}

// Activate lets the account with this email sign in again (POST
// /v1/api/users/activate); it then counts against the licence.
func (w *Writer) Activate(ctx context.Context, token, email string) error {
	return w.change(ctx, "activate", token, email)
}

// Deactivate keeps the account with this email from signing in (POST
// /v1/api/users/deactivate). Its models and pipelines stay.
func (w *Writer) Deactivate(ctx context.Context, token, email string) error {
	return w.change(ctx, "deactivate", token, email)
}

func (w *Writer) change(ctx context.Context, op, token, email string) error {
	// The documented answer is {}; a newer instance may say more, so anything
	// that is JSON will do.
	return w.client.post(ctx, w.client.single.Once, op, token, map[string]string{"email": email}, maxSingle, func(res *http.Response) error {
		var any jsontext.Value
		return json.UnmarshalRead(res.Body, &any)
	})
}
