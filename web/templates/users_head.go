package templates

// usersHave is the rest of the sentence that begins with the number of accounts and ends with the instance.
func usersHave(total int) string {
	return plural(total, " account on", " accounts on")
}
