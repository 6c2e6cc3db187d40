// The two conversations, reduced to what a process must do at least.
#ifndef YODEL_BENCH_SERVE_H
#define YODEL_BENCH_SERVE_H

// Holds the greet dialogue: writes "welcome", then takes each read for a message and answers it,
// until "exit" or the end of file.
void serve_greet(int in, int out);

// Writes what it reads, until the end of file.
void serve_echo(int in, int out);

#endif
