// Package templates holds the pages as templ components.
//
// Files are named after what they draw. <page>_page.templ has a page and its answer to htmx, <page>_<part>.templ a part of
// it; a part that several pages share has a name of its own (toast.templ, seats.templ). Beside x.templ, x.go has its view
// struct and the functions that choose its words, and x_templ.go is generated.
//
// A component gets a [Chrome], which says where and for whom the page is drawn, and one view struct, in which everything
// is decided already: dates are text, links are addresses, counts are counted. A page and its fragment for htmx are drawn
// by the same component, so they cannot differ.
package templates
