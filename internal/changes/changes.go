// Package changes is the one road of every change of an account: prepare it,
// write the intent down, send it, read the account back, write the outcome down.
// Nothing else reaches the writing calls of the users API. The [Reconciler]
// beside it finds out what became of changes whose outcome nobody wrote down, and
// the [Comparer] what others changed elsewhere.
package changes

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/wallaroo"
)

// Errors of a change, to be tested with errors.Is. Others are those of the users
// API (package wallaroo) and of the directory.
var (
	// ErrNoKey means that a form that needs a one-time key came without one.
	ErrNoKey = errors.New("the form has no one-time key")
	// ErrLogUnreadable means that the audit log could not be asked whether the form
	// was sent before. Nothing was sent.
	ErrLogUnreadable = errors.New("the audit log can't be read")
	// ErrNotWritten means that the intent could not be written down. Nothing was
	// sent.
	ErrNotWritten = errors.New("the change could not be written into the audit log")
	// ErrUnchanged means that the API answered that a change was done, but the
	// account is as it was.
	ErrUnchanged = errors.New("the account is unchanged though the API said otherwise")
	// ErrUnknown means that a change may or may not have been done: the account could
	// not be read afterwards, or its answer does not say whether it is active.
	ErrUnknown = errors.New("it is not known whether the change was done")
	// ErrPending means that no answer of the API's own came to a change, or the list
	// of users may be cut, and the account is as it was when it was read afterwards:
	// it may still be done, or have been.
	ErrPending = errors.New("no answer came, and the change is not done yet")
	// ErrInvitedUnseen means that no answer came to an invitation, and the list now
	// has the account: it was made, but its password is lost.
	ErrInvitedUnseen = errors.New("the account was made but its password was not seen")
)

// API are the writing calls of the users API. Package wallaroo's Writer
// implements them, and a test holds that no other package names it.
type API interface {
	Invite(ctx context.Context, token, email, password string) (wallaroo.Invitation, error)
	Activate(ctx context.Context, token, email string) error
	Deactivate(ctx context.Context, token, email string) error
}

// Changes makes changes of accounts. It is safe for concurrent use.
type Changes struct {
	api       API
	directory *directory.Directory
	log       *audit.Log
	protected []string
	logger    *slog.Logger
}

// Options are what [New] needs.
type Options struct {
	// Client is the users API, whose writing calls are made.
	Client *wallaroo.Client
	// API takes the writing calls in place of Client, for tests.
	API       API
	Directory *directory.Directory
	// Log takes the intent of each change before it is sent, and its outcome.
	Log *audit.Log
	// Protected are the usernames or emails of accounts that are never deactivated,
	// in any case.
	Protected []string
	// Logger takes what could not be written into the audit log; nil means
	// slog.Default.
	Logger *slog.Logger
}

// New returns Changes. It returns an error without an audit log: no change may be
// sent that isn't written down.
func New(o Options) (*Changes, error) {
	if o.API == nil && o.Client != nil {
		o.API = wallaroo.NewWriter(o.Client)
	}
	if o.Log == nil || o.API == nil || o.Directory == nil {
		return nil, errors.New("changes: an audit log, the users API and the directory are needed")
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return &Changes{api: o.API, directory: o.Directory, log: o.Log, protected: o.Protected, logger: o.Logger}, nil
}

// Request is who asks for a change, and by which form.
type Request struct {
	Caller directory.Caller
	// Actor is the caller as the audit log names them.
	Actor audit.Person
	// ID is the HTTP request's id, for the audit log.
	ID string
	// Key is the form's one-time key, see [NewKey].
	Key string
}

// Result is what a change led to. On an error it tells what is known.
type Result struct {
	// Event is the id of the change's audit event; "" if none was written.
	Event string
	// Account is the account as the API has it now; nil if it was not read.
	Account *directory.Account
	// Repeated is the event of the same form, if that was sent before. Then nothing
	// was sent this time.
	Repeated *audit.Event
}

// NewKey returns a key that makes a form good for one time.
func NewKey() string { return rand.Text() }

// onceKey binds a form's key to who sent it, so that nobody can use up another's.
// A key that NewKey can't have made is none: no key of ours has a line break,
// which ends the caller's name before it.
func (r Request) onceKey() string {
	if r.Key == "" || len(r.Key) > 64 || strings.Contains(r.Key, "\n") {
		return ""
	}
	return r.Caller.Key + "\n" + r.Key
}

func (r Request) event(action audit.Action, t audit.Target) audit.Event {
	return audit.Event{Actor: r.Actor, Action: action, Target: t, RequestID: r.ID, OnceKey: r.onceKey()}
}

// carryOut writes the intent down, sends the change and writes its outcome down.
// send returns the id of an account that the change has made. Once sent, a change
// is followed to its end, whether or not the browser still waits.
func (c *Changes) carryOut(ctx context.Context, r Request, result *Result, action audit.Action, t audit.Target,
	send func(ctx context.Context) (newID string, err error),
) error {
	id, err := c.log.Intent(ctx, r.event(action, t))
	if repeated, ok := errors.AsType[*audit.RepeatedError](err); ok {
		result.Event, result.Repeated = repeated.First.ID, &repeated.First
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotWritten, err)
	}
	result.Event = id
	ctx, cancel := withoutCancel(ctx)
	defer cancel()
	newID, sendErr := send(ctx)
	outcome, detail := outcomeOf(sendErr)
	if err := c.log.Outcome(ctx, id, outcome, detail, audit.Target{ID: newID}); err != nil {
		// The intent stays open, and a later read reconciles it.
		c.logger.Error("an outcome could not be written down", slog.String("event", id),
			slog.String("outcome", string(outcome)), slog.Any("error", err))
	}
	return sendErr
}

// withoutCancel returns a context that outlives the request's visitor, but not
// its deadline.
func withoutCancel(ctx context.Context) (context.Context, context.CancelFunc) {
	detached := context.WithoutCancel(ctx)
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(detached, deadline)
	}
	return detached, func() {}
}

// preparing returns a context with half of the time that ctx has left: what was
// prepared has to be sent and read back as well.
func preparing(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, time.Until(deadline)/2)
}
