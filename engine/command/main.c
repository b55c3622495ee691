#include <stdio.h>

int main(void)
{
    puts("fulcrum");
    return 0;
}
