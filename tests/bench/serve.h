// The two conversations, as bare as they can be: what a process that does nothing else would do.
#ifndef YODEL_BENCH_SERVE_H
#define YODEL_BENCH_SERVE_H

// The greet dialogue, one message for each read: writes `welcome`, answers until "exit" or the end.
void serve_greet(int in, int out);

// Writes what it reads until the end.
void serve_echo(int in, int out);

#endif
