// Package configs is what an installer sets: the settings of the program (Settings, Load), the
// numbers of the procedure (policy.yaml, ReadPolicy) and the years' holiday notices (holidays/,
// ReadHolidays). Every reader is strict and tells all faults at once. The example file, the policy
// file and docs/configuration.md are written from the types here and held by tests.
package configs
