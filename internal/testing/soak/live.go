package soak

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// inviteEach makes every fourth change of a browser an invitation.
const inviteEach = 4

// live reads pages and makes changes at the browser's pace until over is closed.
func (b *browser) live(ctx context.Context, over <-chan struct{}, wait time.Duration) {
	pause := func(d time.Duration) bool {
		select {
		case <-over:
			return false
		case <-time.After(d):
			return true
		}
	}
	if !pause(wait) {
		return
	}
	// Ticks are dropped while an answer is awaited.
	tick := time.NewTicker(b.soak.ReadEvery)
	defer tick.Stop()
	changed := time.Now().Add(-b.soak.ChangeEvery * time.Duration(b.number) / time.Duration(b.soak.Browsers))
	for {
		b.read(ctx)
		if time.Since(changed) >= b.soak.ChangeEvery {
			changed = time.Now()
			b.change(ctx)
		}
		select {
		case <-over:
			return
		case <-tick.C:
		}
	}
}

// read gets the next page, in turn.
func (b *browser) read(ctx context.Context) {
	a := b.accounts[b.reads/4%len(b.accounts)]
	switch b.reads % 4 {
	case 0:
		p, err := b.get(ctx, "/users")
		if err == nil && !strings.Contains(p.body, markPrefix) {
			b.fault("the list lacks its first account: %s", words(p.body))
		}
	case 1:
		b.look(ctx, a, "/users/"+a.id)
	case 2:
		if !a.doubted {
			b.look(ctx, a, "/users?q="+url.QueryEscape(a.email))
		} else {
			b.look(ctx, a, "/users?fresh=1&q="+url.QueryEscape(a.email))
		}
	default:
		_, _ = b.get(ctx, "/activity?user="+a.id) // a failure is recorded
	}
}

// look gets a page that shows one of the browser's accounts, and compares its state with the one that the browser left.
func (b *browser) look(ctx context.Context, a *account, path string) {
	p, err := b.get(ctx, path)
	if err != nil {
		return
	}
	active, found := activeOn(p.body)
	if !found {
		b.fault("%s doesn't show %s: %s", path, a.email, words(p.body))
	} else if active != a.active {
		b.fault("%s shows %s as active=%v, which it left as %v", path, a.email, active, a.active)
	}
}

// change makes the next change.
func (b *browser) change(ctx context.Context) {
	b.changes++
	if b.changes%inviteEach == 0 {
		b.invite(ctx)
		return
	}
	b.toggle(ctx, b.accounts[b.changes%len(b.accounts)])
}

func (b *browser) toggle(ctx context.Context, a *account) {
	action, question := "activate", "/users/"+a.id
	if a.active {
		action, question = "deactivate", "/users/"+a.id+"/deactivate"
	}
	post := "/users/" + a.id + "/" + action
	form := b.form(ctx, question, post)
	if form == nil {
		return
	}
	at := attempt{browser: b.number, subject: b.admin.id, action: action, target: a.email, began: time.Now()}
	p, err := b.post(ctx, post, form)
	if err == nil && p.status == http.StatusSeeOther {
		at.told, at.done, at.ended = true, true, time.Now()
		a.active, a.doubted = !a.active, false
		b.attempts = append(b.attempts, at)
		b.look(ctx, a, "/users/"+a.id)
		return
	}
	b.failed(ctx, at.began, "POST "+post, answerError(p, err))
	at.done = b.settle(ctx, func() (bool, bool) {
		p, err := b.get(ctx, "/users/"+a.id)
		if err != nil {
			return false, false
		}
		active, found := activeOn(p.body)
		return active != a.active, found
	})
	if at.done {
		a.active = !a.active
	}
	a.doubted, at.ended = true, time.Now()
	b.attempts = append(b.attempts, at)
}

func (b *browser) invite(ctx context.Context) {
	form := b.form(ctx, "/invite", "/invite")
	if form == nil {
		return
	}
	email := fmt.Sprintf("soak.invited%d.%d@example.com", b.number, b.changes)
	form.Set("email", email)
	form.Set("pw", "auto")
	at := attempt{browser: b.number, subject: b.admin.id, action: "invite", target: email, began: time.Now()}
	p, err := b.post(ctx, "/invite", form)
	at.told = err == nil && p.status == http.StatusOK && strings.Contains(p.body, "Temporary password")
	if at.done = at.told; !at.told {
		b.failed(ctx, at.began, "POST /invite", answerError(p, err))
		at.done = b.settle(ctx, func() (bool, bool) {
			p, err := b.get(ctx, "/users?fresh=1&q="+url.QueryEscape(email))
			return strings.Contains(p.body, `role="switch"`), err == nil // the only possible row
		})
	}
	at.ended = time.Now()
	b.attempts = append(b.attempts, at)
	b.deleteInvited(ctx, at)
}

// deleteInvited compares an invitation with the stand-in's accounts, and deletes the account there: with as many accounts
// at the end as at the start, a server that grows has a leak.
func (b *browser) deleteInvited(ctx context.Context, at attempt) {
	found, err := b.soak.withEmail(ctx, at.target)
	if err != nil {
		b.fault("the stand-in could not be asked for %s: %v", at.target, err)
		return
	}
	if want := map[bool]int{true: 1}[at.done]; len(found) != want {
		b.fault("invited %s (done: %v), and there are %d", at.target, at.done, len(found))
	}
	for _, a := range found {
		var gone []state
		if err := b.soak.control(ctx, http.MethodPost, "users", map[string]any{"user": a.ID, "remove": true}, &gone); err != nil {
			b.fault("%s could not be deleted: %v", at.target, err)
		}
	}
}

// form returns the fields of a page's form; nil after a failure, which is recorded.
func (b *browser) form(ctx context.Context, path, action string) url.Values {
	p, err := b.get(ctx, path)
	if err != nil {
		return nil
	}
	form := formTo(p.body, action)
	if form == nil {
		b.fault("%s has no form for %s: %s", path, action, words(p.body))
	}
	return form
}

// post sends a form once and follows no redirect, so that its result is known before the next request.
func (b *browser) post(ctx context.Context, path string, form url.Values) (page, error) {
	once := *b.client
	once.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return b.send(ctx, &once, http.MethodPost, b.soak.cluster.URL+path, form)
}

func answerError(p page, err error) error {
	switch {
	case err != nil:
		return err
	case p.status == http.StatusUnauthorized:
		return fmt.Errorf("%w: %s", errSignedOut, words(p.body))
	default:
		return fmt.Errorf("%d: %s", p.status, words(p.body))
	}
}

// mostLooks is the maximum number of reads to find out the outcome of a change.
const mostLooks = 60

// settle returns whether a change was done, by the next successful read. It first waits for changes in progress at the
// API, which a killed server may have sent.
func (b *browser) settle(ctx context.Context, look func() (done, seen bool)) bool {
	b.soak.recorder.awaitIdle(ctx.Done())
	for range mostLooks {
		if done, seen := look(); seen || ctx.Err() != nil {
			return done
		}
		select {
		case <-ctx.Done():
		case <-time.After(b.soak.ReadEvery):
		}
	}
	b.fault("could not find out what became of a change")
	return false
}

// lastLook checks all of the browser's accounts once more.
func (b *browser) lastLook(ctx context.Context) {
	for _, a := range b.accounts {
		b.look(ctx, a, "/users/"+a.id)
		b.look(ctx, a, "/users?fresh=1&q="+url.QueryEscape(a.email))
	}
	b.client.CloseIdleConnections()
}
