package templates

// htmxConfig is read by htmx when it starts: requests stay on the origin; the styles of indicators are in app.css; Back
// loads the page from the server; the only extension allowed is the one in app.js.
const htmxConfig = `{"mode":"same-origin","includeIndicatorCSS":false,"history":"reload","extensions":"app"}`

// productName is shown in the title and beside the mark.
const productName = "Wallaroo User Admin"

// currentWord returns the value of aria-current in the navigation, for the page itself or for a page of its section.
func currentWord(here bool) string {
	if here {
		return "page"
	}
	return "true"
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
