! The model in Fortran: the same as kernel.c, to the last bit. The description stays in C, where
! texts are easy; this is all that Fortran needs to know of it.
module learning
  use, intrinsic :: iso_c_binding
  use, intrinsic :: ieee_arithmetic
  implicit none

  integer, parameter :: lanes = 192, years = 15, base_year = 2025
  ! Quantities and rows of outputs, in the order of description.c, from 1.
  integer, parameter :: cost_start = 1, cost_floor = 2, learning_rate = 3, price_mean = 4, &
       volatility = 5, demand = 6, response = 7, spread = 8, built_before = 9, rate = 10, &
       subsidy_years = 11, quantities = 11
  integer, parameter :: cost_row = 0, built_row = years, subsidy_row = 2*years, &
       private_row = 3*years, leverage_row = 4*years + 1, total_row = 4*years + 2, &
       parity_row = 4*years + 3, rows = 4*years + 3

  ! struct flc_model_block
  type, bind(c) :: model_block
     type(c_ptr) :: quantities, outputs, draws, message
  end type model_block

  ! struct flc_model_draws
  type, bind(c) :: model_draws
     type(c_funptr) :: uniform, normal
  end type model_draws

  abstract interface
     subroutine draw(draws, shock, index, out) bind(c)
       import :: c_ptr, c_int32_t, c_double
       type(c_ptr), value :: draws
       integer(c_int32_t), value :: shock, index
       real(c_double), intent(out) :: out(*)
     end subroutine draw
  end interface

contains

  function learning_evaluate(workspace, block) result(failed) bind(c)
    type(c_ptr), value :: workspace
    type(model_block), intent(in) :: block
    integer(c_int) :: failed
    real(c_double), pointer :: x(:, :), out(:, :), state(:, :)
    type(model_draws), pointer :: draws
    procedure(draw), pointer :: normal
    integer :: i, t

    ! [quantity][sample] of C is (sample, quantity) here.
    call c_f_pointer(block%quantities, x, [lanes, quantities])
    call c_f_pointer(block%outputs, out, [lanes, rows])
    call c_f_pointer(workspace, state, [lanes, 6])
    call c_f_pointer(block%draws, draws)
    call c_f_procpointer(draws%normal, normal)

    state(:, 1) = x(:, cost_start)
    state(:, 2) = x(:, built_before)
    state(:, 3:4) = 0
    do t = 1, years
       call normal(block%draws, 0_c_int32_t, int(t - 1, c_int32_t), state(:, 5))
       call normal(block%draws, 1_c_int32_t, int(t - 1, c_int32_t), state(:, 6))
       call simulate_year(x, out, state, t)
    end do

    out(:, total_row) = state(:, 3)
    do i = 1, lanes
       if (state(i, 3) > 0) then
          out(i, leverage_row) = state(i, 4)/state(i, 3)
       else
          out(i, leverage_row) = ieee_value(1.0_c_double, ieee_quiet_nan)
       end if
       out(i, parity_row) = ieee_value(1.0_c_double, ieee_positive_inf)
       do t = years, 1, -1
          if (out(i, cost_row + t) <= x(i, price_mean)) out(i, parity_row) = base_year + t - 1
       end do
    end do
    failed = 0
  end function learning_evaluate

  subroutine simulate_year(x, out, state, t)
    real(c_double), intent(in) :: x(lanes, quantities)
    real(c_double), intent(inout) :: out(lanes, rows), state(lanes, 6)
    integer, intent(in) :: t
    real(c_double) :: price, pays, support, net, taken, built, fall
    integer :: i

    do i = 1, lanes
       price = x(i, price_mean)*max(0.1_c_double, 1 + x(i, volatility)*state(i, 5))
       pays = merge(x(i, rate), 0.0_c_double, t - 1 < x(i, subsidy_years))
       support = pays*max(0.0_c_double, state(i, 1) - price)
       net = state(i, 1) - support
       taken = max(0.0_c_double, 1 - x(i, response)*max(0.0_c_double, net - price)/price)
       built = x(i, demand)*taken*max(0.0_c_double, 1 + x(i, spread)*state(i, 6))
       fall = x(i, learning_rate)*built/(state(i, 2) + built)
       state(i, 1) = max(x(i, cost_floor), state(i, 1)*(1 - fall))
       state(i, 2) = state(i, 2) + built
       out(i, built_row + t) = built
       out(i, subsidy_row + t) = support*built/1000
       out(i, private_row + t) = net*built/1000
       out(i, cost_row + t) = state(i, 1)
       state(i, 3) = state(i, 3) + out(i, subsidy_row + t)
       state(i, 4) = state(i, 4) + out(i, private_row + t)
    end do
  end subroutine simulate_year

end module learning
