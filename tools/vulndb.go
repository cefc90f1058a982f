// Package tools keeps in go.mod what the checks need besides commands.
package tools

// The module's data/osv is the Go vulnerability database. Of its packages this one needs no further module.
import _ "golang.org/x/vulndb/cmd/vulnreport/color"
