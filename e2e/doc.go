// Package e2e plays the demo in a real browser: the binary as it is shipped, started as a newcomer
// starts it, and headless Chromium pressing what a newcomer presses. It is a module of its own so
// that the browser's driver is no dependency of the product.
package e2e
