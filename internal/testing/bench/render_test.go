package main

import (
	"fmt"
	"io"
	"testing"

	"wallaroo-user-admin/web/templates"
)

// BenchmarkRender renders the HTML of a prepared list: the templates alone.
func BenchmarkRender(b *testing.B) {
	for _, rows := range []int{25, 50, 250} {
		chrome := templates.Chrome{Instance: "bench", Section: templates.SectionUsers, Here: true, Zone: "UTC", Return: "/users", Me: &templates.Me{Name: "Ann Admin", Initials: "AA"}}
		view := templates.UsersView{Self: "/users", Total: rows, Pager: templates.Pager{Total: rows, From: 1, To: rows, Page: 1, Pages: 1}, Methods: "/users/methods", Return: "/users"}
		for i := range rows {
			view.Rows = append(view.Rows, row(i))
		}
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			page := templates.UsersPage(chrome, view)
			measure(b, func() {
				if err := page.Render(b.Context(), io.Discard); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

func row(i int) templates.UserRow {
	name, email := fmt.Sprintf("Anneliese Number%d", i), fmt.Sprintf("anneliese.%d@example.com", i)
	day := templates.Time{ISO: "2026-01-01T09:24:00Z", Text: "1 Jan 2026"}
	return templates.UserRow{
		ID: fmt.Sprintf("7f1c2b9e-4a53-4d0e-9b64-%012d", i), Name: name, NameMarked: templates.Plain(name), Email: email, EmailMarked: templates.Plain(email),
		Status: []templates.Status{templates.StatusInactive, templates.StatusActive}[min(i%7, 1)], Issues: []templates.Issue{templates.IssueUnverified}[:i%2], LastSignIn: templates.SignIn{Known: true, At: day}, Created: day,
	}
}
