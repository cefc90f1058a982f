package templates

import (
	"fmt"
	"slices"

	"github.com/a-h/templ"
)

// hostile is a name with markup, the end of an attribute, htmx attributes and text from right to left.
const hostile = `"><img src=x onerror=alert(1)><b hx-get="/x" hx-trigger=load>א' & </script>`

// sampleBase is a base below the root, so that an address without it is found.
const sampleBase = Base("/admin")

func sampleChrome(b Base) Chrome {
	return Chrome{
		Base: b, Instance: "acme-prod", Section: SectionUsers, Here: true, Zone: "UTC", Return: "/users",
		Me: &Me{Name: "Noor Halvergate", Email: "noor.halvergate@example.com", Initials: "NH"},
	}
}

func day(text string) Time { return Time{ISO: "2026-11-20T09:24:00Z", Text: text} }

func moment(text string) Time {
	return Time{ISO: "2026-11-20T09:24:00Z", Text: text, Style: DayTime}
}

func sampleRow(n int, name string, problems ...Issue) UserRow {
	id := fmt.Sprintf("7f1c2b9e-4a53-4d0e-9b64-%012d", n)
	email := fmt.Sprintf("person.%d@example.com", n)
	return UserRow{
		ID: id, Name: name, NameMarked: Plain(name), Email: email, EmailMarked: Plain(email), Status: StatusActive, Issues: problems,
		Method: "Google", LastSignIn: SignIn{Known: true, At: day("20 Nov 2026")}, Created: day("18 Nov 2026"),
	}
}

func sampleRows() []UserRow {
	rows := []UserRow{
		sampleRow(1, "Tamsin Orrelwood", IssueMustSetPassword),
		sampleRow(2, "Jonas Veldebrandt"),
		sampleRow(3, "Dana Farrowmere", IssueDiffers, IssueUnverified),
		sampleRow(4, "Luca Ferrandello"),
		sampleRow(5, "Mei Tanigaki-Rowe", IssueUnverified),
		sampleRow(6, "Oskar Brandmoor"),
		sampleRow(7, "Amara Destwick"),
		sampleRow(8, "Callum Thistlegate", IssueShared),
		sampleRow(9, "Wolfeschlegelsteinhausenbergerdorff von Uexküll-Gyllenband the Younger of Somewhere", IssueMalformed),
		sampleRow(10, hostile),
		sampleRow(11, "Noor Halvergate"),
		sampleRow(12, "admin", IssueNoEmail),
	}
	rows[0].LastSignIn.At, rows[3].LastSignIn.Known = Time{}, false
	rows[1].NameMarked = []Segment{{Text: "Jonas "}, {Text: "Veld", Match: true}, {Text: "ebrandt"}}
	rows[1].EmailMarked = []Segment{{Text: "jonas."}, {Text: "veld", Match: true}, {Text: "ebrandt@example.com"}}
	rows[4].Method = ""
	rows[5].Status, rows[9].Status = StatusInactive, StatusInactive
	rows[10].You, rows[10].Locked = true, "This is your own account. Another administrator can change it."
	rows[11].Email, rows[11].EmailMarked, rows[11].Protected = "", nil, true
	rows[11].Locked = "Wallaroo needs an email address to change this account."
	rows[6].FoundBy = []Segment{{Text: "ads.", Match: true}, {Text: "destwick"}}
	return rows
}

func sampleUsers(b Base) UsersView {
	rows := sampleRows()
	return UsersView{
		Self: b.URL("/users"), Return: "/users?q=a&page=2", Total: 1284,
		Pager: Pager{
			Total: 1284, From: 51, To: 62, Page: 2, Pages: 26, Prev: b.URL("/users?page=1"), Next: b.URL("/users?page=3"),
			PerPage: []Option{{Value: "25", Text: "25 rows"}, {Value: "50", Text: "50 rows", Selected: true}, {Value: "100", Text: "100 rows"}, {Value: "250", Text: "250 rows"}},
		},
		Seats: Seats{Used: 42, Limit: 50}, Rows: rows, Methods: b.URL("/users/methods?id=1"),
		Tabs: UsersTabs{
			All: TabLink{b.URL("/users"), 1284}, Active: TabLink{b.URL("/users?status=active"), 42},
			Inactive: TabLink{b.URL("/users?status=inactive"), 1242}, Attention: TabLink{b.URL("/users?status=attention"), 9},
		},
		Search: UsersSearch{
			Issue:  []Option{{Value: "", Text: "Any trouble", Selected: true}, {Value: "error", Text: "Errors"}, {Value: "warning", Text: "Warnings"}},
			SignIn: []Option{{Value: "", Text: "Any last sign-in", Selected: true}, {Value: "never", Text: "Never"}},
			Domain: []Option{{Value: "", Text: "Any domain", Selected: true}, {Value: "example.com", Text: "example.com", Count: 1280, Counted: true, Verbatim: true}},
			Order:  []Option{{Value: "user", Text: "By name"}, {Value: "created", Text: "Newest first", Selected: true}},
			Fields: []Field{{"sort", "created"}, {"dir", "desc"}},
		},
		Sort: UsersSort{
			User: SortLink{Href: b.URL("/users?sort=user")}, Status: SortLink{Href: b.URL("/users?sort=status")},
			Issues: SortLink{Href: b.URL("/users?sort=problems")}, SignIn: SortLink{Href: b.URL("/users?sort=login")},
			Created: SortLink{Href: b.URL("/users?sort=created"), Dir: SortDown},
		},
		Read: Time{ISO: "2026-11-23T14:11:00Z", Text: "12 s ago", Style: Ago, Now: "2026-11-23T14:11:12.345Z"}, Refresh: b.URL("/users?refresh=1"),
		CSV: b.URL("/users.csv"), JSON: b.URL("/users.json"), Clear: b.URL("/users"),
		Console: "https://keycloak.example.com/admin/master/console/#/master/users/:id/settings",
	}
}

func sampleUser(b Base, name string, problems ...Issue) UserView {
	return UserView{
		ID: "c03d8a14-66b2-4f7c-8e19-5b90e2a4f1d3", Name: name, First: "Dana", Initials: "DF",
		Email: "dana.farrowmere@example.com", Username: "dana.farrowmere@example.com", FirstName: "Dana", LastName: "Farrowmere",
		EmailVerified: !slices.Contains(problems, IssueUnverified), Status: StatusActive, Return: "/users/c03d8a14-66b2-4f7c-8e19-5b90e2a4f1d3",
		Self: b.User("c03d8a14-66b2-4f7c-8e19-5b90e2a4f1d3"), Console: "https://keycloak.example.com/admin/", Issues: problems,
		Federations: []Federation{{"Google", "dana.farrowmere@example.com"}}, FederationsKnown: true,
		RequiredActions: []string{"VERIFY_EMAIL", "something-new"}, ActionsKnown: true, RealmRoles: []string{"admin"}, RolesKnown: true,
		Created: moment("17 Nov 2026, 15:40 UTC"), LastSignIn: SignIn{Known: true, At: moment("20 Nov 2026, 09:24 UTC")},
		Access: []Access{{"view", true}, {"manage", true}, {"mapRoles", true}, {"impersonate", false}, {"manageGroupMembership", true}},
		Events: []FeedEvent{
			{What: "Activated", Who: "Noor Halvergate", When: moment("18 Nov 2026, 08:15 UTC"), Outcome: OutcomeDone},
			{What: "Deactivated", Who: "Noor Halvergate", When: moment("18 Nov 2026, 08:14 UTC"), Outcome: OutcomeFailed, Detail: "Wallaroo answered 500"},
			{What: "Tried to deactivate", Who: "Noor Halvergate", When: moment("18 Nov 2026, 08:13 UTC"), Outcome: OutcomeRefused},
			{What: "Deactivated elsewhere", About: sampleSpan(), Who: "Outside this dashboard", When: moment("18 Nov 2026, 08:12 UTC"), Outcome: OutcomeDone},
			{What: "Invited", Who: "Noor Halvergate", When: moment("17 Nov 2026, 15:40 UTC"), Outcome: OutcomeUnknown},
		},
		All: b.URL("/activity?q=dana"), RawAt: moment("23 Nov 2026, 14:11 UTC"),
		Raw: "{\n  \"id\": \"c03d8a14-66b2-4f7c-8e19-5b90e2a4f1d3\",\n  \"emailVerified\": false\n}",
	}
}

// sampleSpan says between which reads of the list a change outside this dashboard was made.
func sampleSpan() []Span {
	return []Span{
		{Text: "Between "},
		{At: Time{ISO: "2026-11-18T08:11:07Z", Text: "18 Nov 2026, 08:11:07 UTC", Style: DaySecond}},
		{Text: " and "},
		{At: Time{ISO: "2026-11-18T08:12:07Z", Text: "08:12:07 UTC", Style: ClockSecond}},
	}
}

func sampleActivity(b Base) ActivityView {
	clock := func(text string) Time {
		return Time{ISO: "2026-11-23T" + text + ":00Z", Text: text, Style: Clock}
	}
	return ActivityView{
		Pager: Pager{
			Total: 318, From: 1, To: 11, Page: 1, Pages: 13, Next: b.URL("/activity?page=2"),
			PerPage: []Option{{Value: "25", Text: "25 rows", Selected: true}, {Value: "50", Text: "50 rows"}},
		},
		KeptDays: 400,
		Actions:  []Option{{Value: "", Text: "Any action", Selected: true}, {Value: "invite", Text: "Invited"}},
		Outcomes: []Option{{Value: "", Text: "Any outcome", Selected: true}, {Value: "failed", Text: "Failed"}}, Clear: b.URL("/activity"),
		Days: []ActivityDay{
			{"Today", []ActivityEvent{
				{clock("14:09"), "Noor Halvergate", "Deactivated", "Jonas Veldebrandt", b.User("2"), nil, OutcomeDone, "", "46d0a2c1"},
				{clock("13:52"), "Amara Destwick", "Invited", "ines.castelroux@example.com", "", nil, OutcomeFailed, "Wallaroo answered 500", "265287aa"},
				{clock("13:51"), "Amara Destwick", "Tried to activate", "Oskar Brandmoor", b.User("5"), nil, OutcomeFailed, "", "3b0c7d11"},
				{clock("13:50"), "Amara Destwick", "Invited", "lotte.fennimark@example.com", b.User("4"), nil, OutcomeUnknown, "", "05d46cee"},
				{clock("13:49"), "Amara Destwick", "Tried to deactivate", "Luca Ferrandello", b.User("3"), nil, OutcomeUnknown, "No answer from Wallaroo; not done when it was looked at, but it may still be", "7720fa1e"},
				{clock("13:40"), "Outside this dashboard", "Deactivated elsewhere", "Mei Tanigaki-Rowe", b.User("6"), sampleSpan(), OutcomeDone, "", ""},
				{clock("13:30"), "Noor Halvergate", "Exported", "", "", []Span{{Text: "1,284 users as CSV"}}, OutcomeDone, "", "99b31c02"},
				{clock("09:28"), "Noor Halvergate", "Signed in", "", "", nil, OutcomeDone, "", "a45a1a90"},
			}},
			{"Friday, 20 November", []ActivityEvent{
				{clock("17:44"), "Noor Halvergate", "Invited", "tamsin.orrelwood@example.com", b.User("1"), nil, OutcomeDone, "", "31c37400"},
				{clock("16:20"), "callum.thistlegate@example.com", "Tried to sign in", "", "", nil, OutcomeRefused, "Not an administrator", "11455900"},
				{clock("10:01"), hostile, "Deactivated", hostile, b.User("9"), nil, OutcomeRefused, "Your own account", "d0492200"},
			}},
		},
	}
}

// sample is one state of one page.
type sample struct {
	name string
	page templ.Component
	// part is true for an answer to htmx, false for a whole page.
	part bool
}

// samples returns all states of all pages.
func samples(b Base) []sample {
	return append(append(userSamples(b), inviteSamples(b)...), otherSamples(b)...)
}

func userSamples(b Base) []sample {
	c := sampleChrome(b)
	stale := c
	stale.Stale = &Stale{Since: Time{ISO: "2026-11-23T14:02:00Z", Text: "14:02 UTC", Style: Clock}, Ago: "9 minutes ago", Reason: "Wallaroo does not answer.", Retry: b.URL("/users")}
	details := c
	details.Here = false
	users := sampleUsers(b)
	with := func(change func(*UsersView)) UsersView {
		v := sampleUsers(b)
		change(&v)
		return v
	}
	noEmail := sampleUser(b, "Dana Farrowmere", IssueNoEmail, IssueUnverified)
	noEmail.Email, noEmail.Username, noEmail.EmailVerified, noEmail.Locked = "", "dfarrowmere", false, "Wallaroo needs an email address to change this account."
	malformed := sampleUser(b, "Dana Farrowmere", IssueMalformed, IssueUnverified)
	malformed.Email, malformed.Username = "dana.farrowmere@example,com", "dana.farrowmere@example,com"
	malformed.Malformed = ComparedText{Segments: Plain(malformed.Email)}
	differs := sampleUser(b, "Dana Farrowmere", IssueDiffers, IssueUnverified)
	differs.Username = "dfarrowmere"
	differs.Compared.Username, differs.Compared.Email = ComparedText{Segments: Plain(differs.Username)}, ComparedText{Segments: Plain(differs.Email)}
	lookalike := differs
	lookalike.Username = "d\u0430n\u0430.farrowmere@example.com\u200b"
	lookalike.Compared.Username = ComparedText{
		Segments:   []Segment{{"d", false}, {"\u0430", true}, {"n", false}, {"\u0430", true}, {".farrowmere@example.com", false}, {"U+200B", true}},
		Characters: []string{"Cyrillic \u0430 (U+0430)", "zero width space (U+200B)"},
	}
	lookalike.Compared.Email = ComparedText{Segments: []Segment{{"d", false}, {"a", true}, {"n", false}, {"a", true}, {".farrowmere@example.com", false}}}
	shared := sampleUser(b, hostile, IssueShared)
	shared.First, shared.Shared, shared.Status = shared.Name, []Person{{"a/b", hostile}, {"2", "Two"}}, StatusInactive
	builtIn := sampleUser(b, "admin", IssueNoEmail)
	builtIn.Email, builtIn.Exempt, builtIn.Protected, builtIn.Locked, builtIn.FederationsKnown = "", true, true, "The built-in account is protected.", false
	toasted := details
	toasted.Toast = &Toast{Tone: ToneOK, Text: "Deactivated", About: "Jonas Veldebrandt", Undo: &Action{Text: "Undo", Href: b.User("2", "activate"), Post: true, Fields: []Field{{"return", "/users"}}}}
	banner := c
	banner.Toast = toasted.Toast
	notDone := Toast{Tone: ToneWarn, Text: "Not known whether it was done:", About: "Jonas Veldebrandt"}
	healthy := sampleUser(b, "Dana Farrowmere", IssueMustSetPassword)
	healthy.You, healthy.Locked = true, "This is your own account. Another administrator can deactivate it."
	deactivated := sampleUser(b, "Dana Farrowmere")
	deactivated.Status, deactivated.Access = StatusInactive, nil
	off := differs
	off.Status, off.Console = StatusInactive, ""
	// An account of which the API returns the least.
	unknown := sampleUser(b, "Dana Farrowmere", IssueUnverified)
	unknown.First, unknown.FirstName, unknown.LastName, unknown.Console, unknown.Raw = unknown.Name, "", "", "", ""
	unknown.Federations, unknown.RequiredActions, unknown.RolesKnown, unknown.Access, unknown.Events = nil, nil, false, []Access{{"somethingNew", true}}, nil
	unknown.LastSignIn, unknown.Created = SignIn{}, Time{}
	unknown.Status, unknown.ActionsKnown = StatusUnknown, false
	// One with a trouble besides.
	untold := differs
	untold.Status, untold.EmailVerified, untold.Issues, untold.ActionsKnown = StatusUnknown, false, []Issue{IssueDiffers}, false
	// One that is well as far as is known.
	perhaps := sampleUser(b, "Dana Farrowmere")
	perhaps.Status, perhaps.EmailVerified, perhaps.Locked = StatusUnknown, false, "Wallaroo says that you may not manage this account."
	ask := DeactivateView{ID: "2", Name: "Jonas Veldebrandt", Email: "jonas.veldebrandt@example.com", Seats: Seats{Used: 42, Limit: 50}, Return: "/users?q=a", Key: "k1"}
	refused, failed := ask, ask
	refused.Refused = "This is your own account. Another administrator can deactivate it."
	failed.Seats = Seats{Used: 42}
	failed.Fault = &Note{Tone: ToneBad, Title: "Wallaroo does not answer.", Text: "The connection failed or broke off. It may still be done."}
	row := sampleRows()[1]
	row.Status = StatusInactive
	return []sample{
		{"users", UsersPage(c, users), false},
		{"users-part", UsersFragment(c, users), true},
		{"users-stale", UsersPage(stale, users), false},
		{"users-loading", UsersPage(c, UsersView{Loading: true, Self: b.URL("/users"), Seats: Seats{Loading: true}, Tabs: users.Tabs, Search: users.Search, Sort: users.Sort}), false},
		{"users-empty", UsersPage(c, with(func(v *UsersView) { v.Total, v.Pager.Total, v.Rows, v.Seats = 0, 0, nil, Seats{Limit: 50} })), false},
		{"users-no-match", UsersPage(c, with(func(v *UsersView) {
			v.Pager.Total, v.Rows, v.Search.Query, v.Tabs.Current, v.Wider, v.Search.Filters = 0, nil, hostile, TabActive, b.URL("/users?q=x"), 2
		})), false},
		{"users-no-match-inactive", UsersPage(c, with(func(v *UsersView) {
			v.Pager.Total, v.Rows, v.Tabs.Current, v.Search.Issue[1].Selected, v.Search.Filters = 0, nil, TabInactive, true, 1
		})), false},
		{"users-no-match-attention", UsersPage(c, with(func(v *UsersView) {
			v.Pager.Total, v.Rows, v.Tabs.Current, v.Tabs.Attention.Count = 0, nil, TabAttention, 0
		})), false},
		{"users-no-match-all", UsersPage(c, with(func(v *UsersView) { v.Pager.Total, v.Rows = 0, nil })), false},
		{"users-unknown-status", UsersPage(c, with(func(v *UsersView) {
			v.Rows[2].Status, v.Rows[5].Status, v.Rows[10].Status = StatusUnknown, StatusUnknown, StatusUnknown
			v.Tabs.Unknown, v.Seats = TabLink{b.URL("/users?status=unknown"), 3}, Seats{Used: 45, Unknown: 3, Limit: 50}
		})), false},
		{"users-unknown-status-no-match", UsersPage(c, with(func(v *UsersView) {
			v.Pager.Total, v.Rows, v.Tabs.Current, v.Tabs.Unknown.Href, v.Seats = 0, nil, TabUnknown, b.URL("/users?status=unknown"), Seats{Used: 45, Unknown: 3}
		})), false},
		{"users-filtered", UsersPage(c, with(func(v *UsersView) { v.Search.Filters, v.Tabs.Current, v.Sort.Created.Dir = 2, TabAttention, SortUp })), false},
		{"users-bad-search", UsersPage(c, with(func(v *UsersView) {
			v.Pager.Total, v.Rows, v.Search.Query, v.Search.Error = 0, nil, "created:soon", "“created:” takes a span like 7d or a date like >2026-01-01."
		})), false},
		{"users-pasted", UsersPage(c, with(func(v *UsersView) {
			v.Search.Query, v.Search.Pasted = hostile+" "+v.Rows[0].ID, []string{v.Rows[0].ID, hostile}
		})), false},
		{"users-hundred", UsersPage(c, with(func(v *UsersView) {
			v.Exactly100, v.Total, v.Pager.Total, v.Seats, v.Methods = true, 100, 100, Seats{Used: 612, Limit: 1000}, ""
		})), false},
		{"users-full", UsersPage(c, with(func(v *UsersView) { v.Seats = Seats{Used: 51, Limit: 50} })), false},
		{"users-no-limit", UsersPage(c, with(func(v *UsersView) { v.Seats = Seats{Used: 42} })), false},
		{"users-methods-part", UserMethodsFragment(c, []UserMethod{{"1", "Google"}, {"2", hostile}}), true},
		{"user-changed-part", UserChangedFragment(c, UserChanged{Row: &row, ID: row.ID, Return: "/users", Total: 1284, Seats: users.Seats, Tabs: users.Tabs, Toast: *toasted.Toast}), true},
		{"user-gone-part", UserChangedFragment(c, UserChanged{ID: "2", Total: 1284, Seats: users.Seats, Tabs: users.Tabs, Toast: *toasted.Toast}), true},
		{"users-moved-part", UserMovedFragment(c, users, *toasted.Toast), true},
		{"users-toast-part", UserChangedFragment(c, UserChanged{ID: "2", Total: 1284, Seats: users.Seats, Tabs: users.Tabs, Toast: notDone}), true},
		{"users-banner", UsersPage(banner, users), false},
		{"user", UserPage(details, sampleUser(b, "Dana Farrowmere")), false},
		{"user-changed", UserPage(toasted, sampleUser(b, "Dana Farrowmere")), false},
		{"user-part", UserFragment(toasted, sampleUser(b, "Dana Farrowmere", IssueUnverified)), true},
		{"user-differs", UserPage(details, differs), false},
		{"user-lookalike", UserPage(details, lookalike), false},
		{"user-no-email", UserPage(details, noEmail), false},
		{"user-malformed", UserPage(details, malformed), false},
		{"user-shared", UserPage(details, shared), false},
		{"user-unverified", UserPage(details, sampleUser(b, "Dana Farrowmere", IssueUnverified)), false},
		{"user-built-in", UserPage(details, builtIn), false},
		{"user-stale", UserPage(stale, differs), false},
		{"user-healthy", UserPage(details, healthy), false},
		{"user-deactivated", UserPage(details, deactivated), false},
		{"user-differs-deactivated", UserPage(details, off), false},
		{"user-unknown", UserPage(details, unknown), false},
		{"user-unknown-status", UserPage(details, perhaps), false},
		{"user-unknown-status-differs", UserPage(details, untold), false},
		{"deactivate", DeactivatePage(details, ask), false},
		{"deactivate-refused", DeactivatePage(details, refused), false},
		{"deactivate-failed", DeactivatePage(details, failed), false},
		{"deactivate-part", DeactivateDialog(details, ask), true},
		{"deactivate-refused-part", DeactivateDialog(details, refused), true},
		{"deactivate-failed-part", DeactivateDialog(details, failed), true},
	}
}

func inviteSamples(b Base) []sample {
	c := sampleChrome(b)
	c.Here = false
	view := InviteView{Choice: PasswordAuto, Key: "k1", Seats: Seats{Used: 42, Limit: 50}}
	member, failed, full := view, view, view
	member.Email = "ingrid.sollevaag@example.com"
	member.EmailFault = &FieldFault{About: hostile, Text: "is already a member.", Href: b.User("9"), Link: "Open the account"}
	failed.Email, failed.Choice = "piers.hollingwane@example.com", PasswordSet
	failed.Fault = &Note{Tone: ToneBad, Title: "Nobody was invited.", Text: "Wallaroo answered with an error (500). Nothing was sent.", Next: []Action{{Text: "Look in the list", Href: b.URL("/users")}}}
	failed.PasswordFault = &FieldFault{Text: "The password is too short."}
	full.Seats = Seats{Used: 50, Limit: 50}
	full.Fault = &Note{Tone: ToneBad, Title: "Nobody was invited.", Text: "All 50 licence seats are in use. Deactivate someone first, or ask Wallaroo for more seats."}
	full.Activate = &Activate{ID: "5", Name: "Oskar Brandmoor", Key: "k2", Return: "/users/5"}
	stale := c
	stale.Stale = &Stale{Since: Time{ISO: "2026-11-23T14:02:00Z", Text: "14:02 UTC", Style: Clock}, Ago: "9 minutes ago", Reason: "Wallaroo does not answer.", Retry: b.URL("/invite")}
	unseen, short, locked := view, view, member
	unseen.Email = "piers.hollingwane@example.com"
	unseen.Fault = &Note{Tone: ToneWarn, Title: "They were invited, but the password did not arrive.", Text: "Wallaroo did not answer in time, and the account is in the list now. Set a new password for it in Keycloak, and hand that over.", Next: failed.Fault.Next}
	short.Choice, short.PasswordFault, short.Seats = PasswordSet, &FieldFault{Text: "Use at least 8 characters."}, Seats{Used: 42}
	locked.Seats = Seats{Loading: true}
	locked.Activate = &Activate{ID: "5", Name: hostile, Key: "k2", Return: "/users/5", Locked: "The settings of this dashboard protect this account."}
	pasted := view
	pasted.Email, pasted.Choice = "jo@example.com", PasswordSet
	pasted.Understood = &Understood{LeftOut: "“" + hostile + "”, “mailto:”, zero width space (U+200B)"}
	again := func(o Outcome) InviteRepeated {
		return InviteRepeated{Email: "piers.hollingwane@example.com", Outcome: o}
	}
	return []sample{
		{"invite-stale", InvitePage(stale, view), false},
		{"invite-unseen", InvitePage(c, unseen), false},
		{"invite-pasted", InvitePage(c, pasted), false},
		{"invite-short-password", InvitePage(c, short), false},
		{"invite-locked", InvitePage(c, locked), false},
		{"invite-result-without", InviteResultPage(c, InviteResult{ID: "9", Email: "piers.hollingwane@example.com", Chosen: true, Seats: Seats{Loading: true}, Warning: &Note{Tone: ToneWarn, Title: "Wallaroo sent no password.", Text: "Set one in Keycloak, and hand that over."}}), false},
		{"invite-repeated-failed", InviteRepeatedPage(c, again(OutcomeFailed)), false},
		{"invite-repeated-refused", InviteRepeatedPage(c, again(OutcomeRefused)), false},
		{"invite-repeated-unknown", InviteRepeatedPage(c, again(OutcomeUnknown)), false},
		{"invite", InvitePage(c, view), false},
		{"invite-member", InvitePage(c, member), false},
		{"invite-failed", InvitePage(c, failed), false},
		{"invite-full", InvitePage(c, full), false},
		{"invite-result", InviteResultPage(c, InviteResult{ID: "9", Email: "piers.hollingwane@example.com", Password: `kT7<vmQ2&"x9Rd`, Seats: Seats{Used: 43, Limit: 50}}), false},
		{"invite-result-chosen", InviteResultPage(c, InviteResult{ID: "9", Email: "piers.hollingwane@example.com", Chosen: true, Seats: Seats{Used: 43}}), false},
		{"invite-repeated", InviteRepeatedPage(c, InviteRepeated{ID: "9", Email: "piers.hollingwane@example.com", Outcome: OutcomeDone}), false},
	}
}

func otherSamples(b Base) []sample {
	c := sampleChrome(b)
	c.Section = SectionActivity
	nobody := Chrome{Base: b, Instance: "acme-prod"}
	preferring := c
	preferring.Theme, preferring.ShortcutsOff = ThemeDark, true
	fault := ErrorView{Status: 502, Title: "Wallaroo does not answer", Message: "It was asked three times in ten seconds.", Done: "Nothing was changed.", Next: []Action{{Text: "Try again", Href: b.URL("/users"), Primary: true, Icon: "refresh"}}, RequestID: "req-a80c53ee17"}
	plain := ErrorView{Status: 404, Title: "There is no such page", Message: "The link may be old or mistyped."}
	refused := ErrorView{Status: 403, Title: "Wallaroo refused this", Message: "Your account may not do this.", Done: "Nothing was changed.", Next: []Action{{Text: "Try again", Href: b.URL("/users"), Primary: true, Icon: "refresh"}, {Text: "Sign out", Href: b.URL("/logout"), Post: true, Icon: "out"}}, RequestID: "req-4"}
	entries := sampleActivity(b)
	empty := ActivityView{KeptDays: 1, Actions: entries.Actions, Outcomes: entries.Outcomes}
	noMatch := ActivityView{KeptDays: 400, Actions: entries.Actions, Outcomes: entries.Outcomes, Filtered: true, Query: hostile, Clear: b.URL("/activity")}
	sessions := SessionsView{Idle: "30 minutes", Max: "12 hours", Sessions: []SessionRow{
		{Ref: "1", Current: true, Started: moment("20 Nov 2026, 09:24 UTC"), Used: moment("20 Nov 2026, 11:02 UTC"), Ends: moment("20 Nov 2026, 11:32 UTC")},
		{Ref: "2", Started: moment("20 Nov 2026, 08:10 UTC"), Used: moment("20 Nov 2026, 11:00 UTC"), Ends: moment("20 Nov 2026, 11:30 UTC")},
	}}
	alone := sessions
	alone.Sessions = sessions.Sessions[:1]
	// Errors that no fault of the demo causes: those of the database, of a proxy, of this server.
	database := ErrorView{Status: 503, Title: "Our database does not answer", Message: "Sessions can’t be read until it is back.", Done: "Nothing was changed.", Next: []Action{{Text: "Try again", Href: b.URL("/users"), Primary: true, Icon: "refresh"}}, RequestID: "req-5"}
	log := ErrorView{Status: 503, Title: "Our database does not answer", Message: "The activity log can’t be read until it is back.", RequestID: "req-6"}
	unwritten := ErrorView{Status: 503, Title: "This could not be written down", Message: "A change is sent only after it is in the activity log, and our database did not take it.", Done: "Nothing was changed.", Next: []Action{{Text: "Go to users", Href: b.URL("/users"), Primary: true}}, RequestID: "req-7"}
	stays := ErrorView{Status: 503, Title: "You could not be signed out", Message: "Our database does not answer. Try again in a while, and don’t leave this browser to others before.", Done: "You are still signed in.", RequestID: "req-8"}
	length := ErrorView{Status: 411, Title: "This request does not say how long it is", Message: "It came in pieces (Transfer-Encoding), and only what has a Content-Length is taken.", Done: "Nothing was changed.", RequestID: "req-9"}
	last := ErrorView{Status: 500, Title: "Something failed on our side", Message: "The details are in this server’s log, under the request ID below.", Next: []Action{{Text: "Go to users", Href: b.URL("/users"), Primary: true}}}
	return []sample{
		{"error-database", ErrorPage(nobody, database), false},
		{"error-database-part", ErrorFragment(c, log), true},
		{"error-unwritten", ErrorPage(c, unwritten), false},
		{"error-unwritten-part", ErrorFragment(c, unwritten), true},
		{"error-still-signed-in", ErrorPage(c, stays), false},
		{"error-length", ErrorPage(nobody, length), false},
		{"error-last-resort", ErrorPage(nobody, last), false},
		{"sessions", SessionsPage(c, sessions), false},
		{"sessions-one", SessionsPage(c, alone), false},
		{"error-refused", ErrorPage(c, refused), false},
		{"error-refused-part", ErrorFragment(c, refused), true},
		{"error-plain", ErrorPage(c, plain), false},
		{"error-plain-solo", ErrorPage(nobody, plain), false},
		{"mappers-no-guide", MappersPage(nobody, MappersView{Status: 403, Client: "wallaroo-user-admin", Retry: b.URL("/users"), RequestID: "req-1"}), false},
		{"session-ended", SessionEndedPage(nobody, SessionEndedView{SignIn: b.URL("/login"), Reason: "Your session ended before this form arrived. Nothing was changed."}), false},
		{"signed-out-here", SignedOutPage(nobody, SignedOutView{SignIn: b.URL("/login")}), false},
		{"activity", ActivityPage(c, entries), false},
		{"activity-preferences", ActivityPage(preferring, sampleActivity(b)), false},
		{"activity-part", ActivityFragment(c, sampleActivity(b)), true},
		{"activity-empty", ActivityPage(c, empty), false},
		{"activity-no-match", ActivityPage(c, noMatch), false},
		{"error", ErrorPage(c, fault), false},
		{"error-solo", ErrorPage(nobody, fault), false},
		{"error-part", ErrorFragment(c, fault), true},
		{"mappers", MappersPage(c, MappersView{Status: 403, Client: "wallaroo-user-admin", Guide: "https://example.com/docs", Retry: b.URL("/users"), RequestID: "req-1"}), false},
		{"forbidden", ForbiddenPage(nobody, ForbiddenView{Who: hostile, SwitchAccount: b.URL("/logout"), Wallaroo: "https://wallaroo.example.com", RequestID: "req-2"}), false},
		{"sign-in-failed", SignInFailedPage(nobody, SignInFailedView{Status: 400, Title: "The sign-in did not work", Message: "The answer of the identity provider was too old.", SignIn: b.URL("/login"), RequestID: "req-3"}), false},
		{"sign-in-failed-signed-in", SignInFailedPage(nobody, SignInFailedView{Status: 400, Title: "The sign-in did not work", Message: "The answer was too old.", SignIn: b.URL("/login"), SignedInAs: hostile, Users: b.URL("/users"), RequestID: "req-3"}), false},
		{"signed-out", SignedOutPage(nobody, SignedOutView{SignIn: b.URL("/login"), ProviderEnded: true}), false},
		{"signing-out", SigningOutPage(nobody, SigningOutView{Href: "https://keycloak.example.com/logout?id_token_hint=x&y=1", Host: "keycloak.example.com"}), false},
	}
}
