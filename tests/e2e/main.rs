//! End-to-end tests: a real window under a display of its own, driven with mouse and keyboard.

mod devices;
mod harness;
mod journey;
mod links;
mod screens;
mod terminal;
