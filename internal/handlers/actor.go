package handlers

import (
	"net/http"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/auth"
	"wallaroo-user-admin/internal/changes"
)

// actor returns the signed-in administrator as the audit log records them.
func actor(r *http.Request) audit.Person {
	id := auth.From(r.Context())
	if id == nil {
		return audit.Person{}
	}
	return audit.Person{Issuer: id.Issuer, Subject: id.Subject, Name: id.Who(), Email: id.Email}
}

// event returns an audit event of this action by the signed-in administrator.
func event(r *http.Request, action audit.Action) audit.Event {
	return audit.Event{Actor: actor(r), Action: action, RequestID: requestID(r.Context())}
}

// changeRequest reads the signed-in administrator and the form's one-time key.
func changeRequest(r *http.Request) (changes.Request, error) {
	if err := r.ParseForm(); err != nil {
		return changes.Request{}, formProblem(err)
	}
	return changes.Request{Caller: caller(r), Actor: actor(r), ID: requestID(r.Context()), Key: r.PostFormValue("key")}, nil
}
