package soak

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"wallaroo-user-admin/internal/demo"
)

// accountsEach is the number of accounts per browser.
const accountsEach = 2

// account is changed by a single browser, which therefore knows its state.
type account struct {
	id, email string
	name      string
	active    bool
	// doubted: cached lists may lack the last change. Until the next change only fresh reads must be right.
	doubted bool
}

// prepare creates the accounts and signs the browsers in, a few at a time.
func (s *soak) prepare(ctx context.Context) error {
	if _, err := s.add(ctx, map[string]any{"email": markedEmail, "firstName": markedName, "lastName": "Mark"}); err != nil {
		return err
	}
	admins := make([]account, s.Administrators)
	for i := range admins {
		var err error
		email := fmt.Sprintf("soak.admin%d@example.com", i)
		if admins[i], err = s.add(ctx, map[string]any{"email": email, "firstName": "Admin", "lastName": fmt.Sprintf("No%d", i), "admin": true}); err != nil {
			return err
		}
		admins[i].name = fmt.Sprintf("Admin No%d", i)
	}
	for i := range s.Browsers {
		b := newBrowser(s, i, admins[i%len(admins)])
		for n := range accountsEach {
			a, err := s.add(ctx, map[string]any{"email": fmt.Sprintf("soak.owned%d.%d@example.com", i, n)})
			if err != nil {
				return err
			}
			b.accounts = append(b.accounts, &a)
		}
		s.browsers = append(s.browsers, b)
	}
	return s.signIn(ctx)
}

func (s *soak) signIn(ctx context.Context) error {
	began := time.Now()
	waiting := make(chan *browser)
	failed := make(chan error, len(s.browsers))
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for b := range waiting {
				failed <- b.signIn(ctx)
			}
		})
	}
	for _, b := range s.browsers {
		waiting <- b
	}
	close(waiting)
	workers.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			return err
		}
	}
	s.say("%d browsers of %d administrators signed in, %.0f a second", len(s.browsers), s.Administrators, float64(len(s.browsers))/time.Since(began).Seconds())
	return nil
}

// state is an account in the stand-in's control answers.
type state struct {
	ID      string `json:"id"`
	Email   string `json:"email"`
	Enabled bool   `json:"enabled"`
}

// add creates an account at the stand-in.
func (s *soak) add(ctx context.Context, fields map[string]any) (account, error) {
	fields["add"], fields["emailVerified"], fields["password"] = true, true, demo.Password
	var made []state
	if err := s.control(ctx, http.MethodPost, "users", fields, &made); err != nil {
		return account{}, err
	}
	if len(made) != 1 {
		return account{}, fmt.Errorf("%d accounts were made", len(made))
	}
	return account{id: made[0].ID, email: made[0].Email, active: made[0].Enabled}, nil
}

// withEmail returns the stand-in's accounts with an email.
func (s *soak) withEmail(ctx context.Context, email string) (found []state, err error) {
	err = s.control(ctx, http.MethodGet, "users?email="+url.QueryEscape(email), nil, &found)
	return found, err
}

// control sends a request to the stand-in's controls and decodes the answer.
func (s *soak) control(ctx context.Context, method, path string, body, answer any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, s.cluster.StandIn+"/control/"+path, bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	err = json.NewDecoder(res.Body).Decode(answer)
	if res.StatusCode != http.StatusOK {
		err = errors.Join(err, fmt.Errorf("%s /control/%s: %s", method, path, res.Status))
	}
	return errors.Join(err, res.Body.Close())
}
