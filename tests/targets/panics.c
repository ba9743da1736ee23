/* Both panics of panics.rs are caught. */
int kv_panics(void);

int main(void)
{
    return kv_panics() == 2 ? 0 : 1;
}
